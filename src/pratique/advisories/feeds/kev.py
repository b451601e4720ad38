"""CISA's catalogue of known exploited vulnerabilities, in JSON or CSV (cisa.gov/known-exploited-vulnerabilities-catalog)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from pratique.advisories.document import decode, plain, whole
from pratique.advisories.feed import Feed, Record
from pratique.errors import MalformedAdvisory
from pratique.model import Distribution, Exploited, Gap


class _Vulnerability(msgspec.Struct, rename="camel"):
    cve_id: str = msgspec.field(name="cveID")
    date_added: str
    due_date: str | None = None
    known_ransomware_campaign_use: str | None = None


class _Catalogue(msgspec.Struct, rename="camel"):
    vulnerabilities: list[msgspec.Raw]
    date_released: str | None = None


def parse(_partition: str, data: bytes) -> Iterator[Record]:
    """Parse the catalogue, whichever of its two forms it has."""
    data = plain(data)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        yield from _rows(data)
        return
    for index, raw in enumerate(whole(data, _Catalogue, "the catalogue of known exploited vulnerabilities").vulnerabilities):
        try:
            entry = decode(raw, _Vulnerability)
            yield _exploited(entry.cve_id, entry.date_added, entry.due_date or "", entry.known_ransomware_campaign_use or "")
        except ValueError as error:
            yield _unreadable(f"entry {index}", str(error))


def _rows(data: bytes) -> Iterator[Record]:
    import csv

    reader = csv.DictReader(data.decode("utf-8-sig", "replace").splitlines(), strict=True)
    try:
        if not {"cveID", "dateAdded"} <= set(reader.fieldnames or ()):
            raise MalformedAdvisory(
                "this is not the catalogue of known exploited vulnerabilities: the columns cveID and dateAdded are missing", "Fetch it again."
            )
        for row in reader:
            try:
                yield _exploited(row["cveID"] or "", row["dateAdded"] or "", row.get("dueDate") or "", row.get("knownRansomwareCampaignUse") or "")
            except ValueError as error:
                yield _unreadable(f"line {reader.line_num}", str(error))
    except csv.Error as error:
        raise MalformedAdvisory(f"the catalogue's CSV is damaged in line {reader.line_num}: {error}", "Fetch it again.") from None


def _exploited(name: str, added: str, due: str, ransomware: str) -> Exploited:
    if not name.startswith("CVE-"):
        raise ValueError(f"{name[:40]!r} is no CVE")
    return Exploited(name, date.fromisoformat(added[:10]), date.fromisoformat(due[:10]) if due else None, ransomware == "Known")


def _unreadable(name: str, reason: str) -> Gap:
    return Gap("record-unreadable", f"{name} of the catalogue cannot be read: {reason[:300]}", path=name)


def dated(data: bytes) -> str | None:
    """Return the day the catalogue was released: `dateReleased`, or in CSV the newest `dateAdded`."""
    data = plain(data)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return (whole(data, _Catalogue, "the catalogue").date_released or "")[:10] or None
    return max((entry.added.isoformat() for entry in _rows(data) if isinstance(entry, Exploited)), default=None)


def partitions(_ecosystems: frozenset[str], _distributions: tuple[Distribution, ...]) -> Iterator[str]:
    """One list for everything."""
    yield ""


FEED = Feed(
    id="kev",
    partitions=partitions,
    url=lambda _: "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
    every=timedelta(hours=6),
    parse=parse,
    sample=(
        "",
        b"""{"catalogVersion": "2026.01.02", "dateReleased": "2026-01-02T00:00:00Z", "vulnerabilities": [{"cveID": "CVE-2026-0001",
        "dateAdded": "2026-01-02", "dueDate": "2026-01-23", "knownRansomwareCampaignUse": "Unknown"}]}""",
    ),
    licence="CC0-1.0",
    dated=dated,
    names=False,
    vital=False,
)
