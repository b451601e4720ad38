"""An image does not get better with age: what was fixed since it was built is not in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pratique.checks.check import DatedCheck, Hit
from pratique.model import Confidence, Config, Digests, Image, Inventory, Kind, Platform, Severity

OLD, VERY_OLD = timedelta(days=180), timedelta(days=730)
REPRODUCIBLE = 2000
"""Builds that are to give the same bytes every time set a date such as 1970 or 1980: it says nothing."""


def run(inventory: Inventory, now: datetime) -> Iterator[Hit]:
    """Object to an image that was built long ago."""
    created = _instant(inventory.image.config.created or "")
    if created is None or created.year < REPRODUCIBLE:
        return
    age = now - created
    if age > OLD:
        severity = Severity.MEDIUM if age > VERY_OLD else None
        yield Hit("config:created", f"the image was built {age.days} days ago ({created:%Y-%m-%d})", severity=severity)


def _instant(text: str) -> datetime | None:
    """Read an instant of RFC 3339. Nanoseconds, which Docker writes, are cut."""
    head, dot, tail = text.strip().partition(".")
    zone = tail.lstrip("0123456789") if dot else ""
    try:
        found = datetime.fromisoformat(head + zone)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _image(created: str | None) -> Inventory:
    return Inventory(Image("sample", Digests("sha256:0"), Platform(), (), Config(created=created), "oci"), ())


_NOW = datetime(2026, 11, 22, tzinfo=UTC)

CHECK = DatedCheck(
    id="image-age",
    kind=Kind.HARDENING,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Was the image built long ago?",
    remedy="Build it again, on the current base, and have that done regularly (CIS 4.4).",
    run=run,
    catches=((_image("2026-01-01T00:00:00Z"), _NOW), (_image("2019-05-01T10:11:12.123456789Z"), _NOW), (_image("2020-05-01T10:11:12+02:00"), _NOW)),
    passes=((_image("2026-11-01T00:00:00.5Z"), _NOW), (_image(None), _NOW), (_image("1970-01-01T00:00:00Z"), _NOW), (_image("garbage"), _NOW)),
    aliases=("CIS-4.4",),
)
