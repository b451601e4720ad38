"""Ended support: a release that gets no more fixes has findings that no feed names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from pratique.catalog.distribution import release
from pratique.model import Confidence, Distribution, Finding, Gap, Kind, Lifecycle, Severity

RULE = "end-of-life"
SOURCE = "endoflife"
ROLLING = ("", "sid", "edge", "rolling")
"""What `release` says of a distribution that is always new: its support does not end."""


def support(distributions: Iterable[Distribution], lifecycles: Callable[[str], Iterable[Lifecycle]], now: datetime) -> Iterator[Finding | Gap]:
    """Yield a finding for each visible release whose support ended before `now`, and a note for a release that nobody dates.

    High where all support has ended; medium where only extended support is left, which is another archive, or paid for.
    """
    for distribution in distributions:
        if not distribution.origin.visible:
            continue
        known = list(lifecycles(distribution.id))
        if (entry := _entry(distribution, known)) is not None:
            yield from _ended(distribution, entry, now)
        elif known and release(distribution) not in ROLLING:
            yield Gap(
                id="lifecycle-unknown",
                message=f"whether {distribution} is still supported is not known: no end of support is recorded for this release",
                blind=False,
                layer=distribution.origin.layer,
                remedy="Run `pratique feeds sync`; the release may be newer than the data.",
            )


def _entry(distribution: Distribution, known: Iterable[Lifecycle]) -> Lifecycle | None:
    names = {release(distribution).removeprefix("v"), distribution.version_id, distribution.codename} - {""}
    found = [one for one in known if one.release in names or one.codename in names]
    return min(found, key=lambda one: (one.ends is None, one.extended is None, one.release), default=None)


def _ended(distribution: Distribution, entry: Lifecycle, now: datetime) -> Iterator[Finding]:
    today = now.date()
    if entry.ends is None or today <= entry.ends:
        return
    last = max(entry.ends, entry.extended) if entry.extended is not None else entry.ends
    if today <= last:
        severity = Severity.MEDIUM
        message = f"the free security support of {distribution} ended on {entry.ends.isoformat()}; extended support lasts until {last.isoformat()}"
    else:
        severity = Severity.HIGH
        message = f"the support of {distribution} ended on {last.isoformat()}: flaws found since then are not fixed and may not even be recorded"
    yield Finding(
        rule=RULE,
        kind=Kind.LIFECYCLE,
        subject=f"distribution:{distribution.id}:{entry.release}",
        severity=severity,
        severity_source=SOURCE,
        message=message,
        confidence=Confidence.HIGH,
        remedy="Rebuild on a supported release.",
        origin=distribution.origin,
        feeds=(SOURCE,),
    )
