"""Debian's security tracker: every flaw of every source package, release by release (security-tracker.debian.org/tracker/data/json).

`source > CVE > releases > {status, fixed_version, urgency, nodsa, nodsa_reason, repositories}`; also description, scope, debianbug.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import msgspec

from pratique.advisories.document import decode, plain, whole
from pratique.advisories.feed import Feed, Record
from pratique.model import Advisory, Affected, Distribution, Gap, Range, Severity, Status

RELEASES = {
    "hamm": "2",
    "slink": "2.1",
    "potato": "2.2",
    "woody": "3.0",
    "sarge": "3.1",
    "etch": "4",
    "lenny": "5",
    "squeeze": "6",
    "wheezy": "7",
    "jessie": "8",
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "forky": "14",
    "duke": "15",
    "sid": "sid",
}
"""Codename to version. A release that is not here yet keeps its codename (`Debian:codename`), and that is said."""
URGENCIES = {"unimportant": Severity.NEGLIGIBLE, "low": Severity.LOW, "medium": Severity.MEDIUM, "high": Severity.HIGH}
"""`high**` and the like mean that the word was taken from NVD; `not yet assigned` and `end-of-life` say nothing of severity."""
SUMMARY = 200


class _Release(msgspec.Struct):
    status: str
    fixed_version: str = ""
    urgency: str = ""
    nodsa: str | None = None
    nodsa_reason: str | None = None


class _Flaw(msgspec.Struct):
    releases: dict[str, _Release] | list[msgspec.Raw]
    """An empty list where a flaw concerns no release that is there any more."""
    description: str | None = None
    scope: str | None = None

    def items(self) -> Iterator[tuple[str, _Release]]:
        """Yield codename and release. Raises `ValueError` for a list that is not empty."""
        if isinstance(self.releases, dict):
            yield from self.releases.items()
        elif self.releases:
            raise ValueError("its releases are a list")


def parse(_partition: str, data: bytes) -> Iterator[Record]:
    """Yield one advisory for each source package and flaw. One source at a time is decoded, so that memory stays near the size of the document."""
    sources = whole(plain(data), dict[str, msgspec.Raw], "the data of Debian's security tracker")
    unknown: set[str] = set()
    for source, raw in sources.items():
        try:
            flaws = decode(raw, dict[str, msgspec.Raw])
        except ValueError as error:
            yield _unreadable(source, str(error))
            continue
        for name, record in flaws.items():
            try:
                flaw = decode(record, _Flaw)
                yield _advisory(source, name, flaw)
            except ValueError as error:
                yield _unreadable(f"{source}/{name}", str(error))
            else:
                unknown.update(codename for codename, _ in flaw.items() if codename not in RELEASES)
    for codename in sorted(unknown)[:20]:
        yield Gap(
            "release-unknown", f"the release {codename[:40]!r} of Debian has no number here yet; it is kept as Debian:{codename[:40]}", blind=False
        )


def _unreadable(name: str, reason: str) -> Gap:
    return Gap("record-unreadable", f"the record {name[:100]} cannot be read: {reason[:300]}", path=name[:200])


def _advisory(source: str, name: str, flaw: _Flaw) -> Advisory:
    return Advisory(
        id=name,
        feed="debian-tracker",
        affected=tuple(_affected(source, codename, release) for codename, release in flaw.items()),
        summary=(flaw.description or "")[:SUMMARY],
        references=(f"https://security-tracker.debian.org/tracker/{name}",),
    )


def _affected(source: str, codename: str, release: _Release) -> Affected:
    """Read one release; raises `ValueError` for a status that the tracker does not have."""
    urgency = release.urgency.rstrip("*")
    ranges: tuple[Range, ...] = (Range("0"),)
    match release.status:
        case "resolved" if release.fixed_version == "0":  # never in this release: tracker's "not-affected"
            status, ranges = Status.NOT_AFFECTED, ()
        case "resolved" if release.fixed_version:
            status, ranges = Status.AFFECTED, (Range("0", fixed=release.fixed_version),)
        case "resolved":
            raise ValueError(f"resolved in {codename[:40]}, but no version is given")
        case "undetermined":
            status = Status.UNDETERMINED
        case "open" if urgency == "end-of-life":
            status = Status.END_OF_LIFE
        case "open":
            status = {"ignored": Status.WONT_FIX, "postponed": Status.POSTPONED}.get(release.nodsa_reason or "", Status.AFFECTED)
        case other:
            raise ValueError(f"the status {other[:40]!r} is not known")
    severity = URGENCIES.get(urgency)
    return Affected(
        ecosystem=f"Debian:{RELEASES.get(codename, codename)}",
        name=source,
        ranges=ranges,
        status=status,
        severity=severity,
        severity_source="Debian" if severity is not None else "",
        note=_note(urgency, release),
    )


def _note(urgency: str, release: _Release) -> str:
    """Return the tracker's own words: `unimportant`, `no-dsa: Minor issue`."""
    words = [urgency] if urgency in {"unimportant", "end-of-life"} else []
    if release.nodsa is not None or release.nodsa_reason is not None:
        words.append(f"no-dsa: {release.nodsa}" if release.nodsa else "no-dsa")
    return "; ".join(words)[:SUMMARY]


def partitions(_ecosystems: frozenset[str], distributions: tuple[Distribution, ...]) -> Iterator[str]:
    """Yield the one document for all releases, where there is a Debian."""
    if any(distribution.id == "debian" for distribution in distributions):
        yield "debian"


FEED = Feed(
    id="debian-tracker",
    partitions=partitions,
    url=lambda _: "https://security-tracker.debian.org/tracker/data/json",
    every=timedelta(hours=6),
    parse=parse,
    sample=(
        "debian",
        b"""{"sample": {"CVE-2026-0001": {"description": "An example.", "scope": "local", "releases": {
        "bookworm": {"status": "resolved", "repositories": {"bookworm": "1.2-3"}, "fixed_version": "1.2-3", "urgency": "low"},
        "bullseye": {"status": "open", "repositories": {"bullseye": "1.1-1"}, "urgency": "not yet assigned",
            "nodsa": "Minor issue", "nodsa_reason": ""}
        }}}}""",
    ),
    licence="facts published by the Debian security team",
)
