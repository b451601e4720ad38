"""OSV.dev: the advisories of most ecosystems in one format (ossf.github.io/osv-schema 1.7), one zip for each ecosystem."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from urllib.parse import quote

from pratique.advisories.document import members, plain
from pratique.advisories.feed import Feed, Record
from pratique.formats import cvss, osv
from pratique.model import Advisory, Affected, Distribution, Gap, Severity

REFERENCES = 8
"""Links kept of an advisory: a reader follows one or two."""
SUMMARY = 200
"""Characters kept of a description that has no summary."""

WORDS = {
    "none": Severity.NEGLIGIBLE,
    "negligible": Severity.NEGLIGIBLE,
    "unimportant": Severity.NEGLIGIBLE,
    "low": Severity.LOW,
    "moderate": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "important": Severity.HIGH,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}
"""The words that databases use."""

_BULLETIN = re.compile(
    r"(?:(?:AL|RL|RX|RH|EL|FED)[SBE]A|DSA|DLA|DTSA|ELA|USN|LSN|MG[AS]+A|PHSA|OESA|OEPKG|AZL-SA|ALAS\w*|(?:SUSE|openSUSE)-[SRFO]U|BELL-SA|ALPINE-SA)-",
    re.ASCII,
)
"""Ids of a distribution's bulletins: each announces fixes of several flaws, so the CVEs it names are no aliases of it."""
_NO_SECURITY = re.compile(r"(?:(?:AL|RL|RX|RH|EL)[BE]A|MGAA|(?:SUSE|openSUSE)-[RFO]U)-")
_DERIVED = re.compile(r"(?:UBUNTU|DEBIAN|ALPINE|BELL|ECHO|ROOT|MINI|TUXCARE)(?:-[A-Z]+)*-(CVE-\d{4}-\d{4,})\Z")
"""A distribution's own name for a CVE: `UBUNTU-CVE-2021-3782`."""
_CVE = re.compile(r"CVE-\d{4}-\d{4,}\Z")
_TITLE = re.compile(r"(?:[A-Z][A-Z0-9-]*[:-]\S+: )?(Critical|Important|Moderate|Low)\b", re.IGNORECASE)
"""How the rebuilds of RHEL begin their summaries: `Important: kernel security update`."""


def parse(partition: str, data: bytes) -> Iterator[Record]:
    """Parse an ecosystem's zip (or one record in JSON). Of each record, what it says of other ecosystems is left out: their own zips hold it too."""
    if data[:2] != b"PK":
        data = plain(data)
        if data[:2] != b"PK" and data.lstrip()[:1] == b"{":
            yield _record(partition, partition or "record", data)
            return
    for name, content in members(data):
        yield _unreadable(name, content) if isinstance(content, str) else _record(partition, name, content)


def _record(partition: str, name: str, data: bytes) -> Record:
    try:
        return advisory(partition, data)
    except ValueError as error:
        return _unreadable(name, str(error))


def _unreadable(name: str, reason: str) -> Gap:
    return Gap("record-unreadable", f"the record {name[:100]} {reason[:300]}", path=name[:200])


def advisory(partition: str, data: bytes) -> Advisory:
    """Read one OSV record; of `affected`, keep what belongs to the partition (all for `""`). Raises `ValueError` for what is no OSV record."""
    entry = osv.vulnerability(data)
    aliases, upstream = _names(entry)
    vectors = tuple(str(s.score) for s in entry.severity or () if s.type.startswith("CVSS"))
    severity, source = _severity(entry, vectors)
    summary = entry.summary or (entry.details or "").strip().partition("\n")[0]
    return Advisory(
        id=entry.id,
        feed="osv",
        aliases=aliases,
        upstream=upstream,
        affected=tuple(_affected(partition, entry.affected or ())),
        summary=summary[:SUMMARY],
        severity=severity,
        severity_source=source,
        cvss=tuple(dict.fromkeys(vectors)),
        withdrawn=entry.withdrawn or "",
        published="" if (entry.published or "").startswith("0001-") else entry.published or "",
        modified=entry.modified or "",
        references=tuple(_references(entry.references or ())),
        malicious=entry.id.startswith("MAL-") or any(alias.startswith("MAL-") for alias in aliases),
        security=not (_NO_SECURITY.match(entry.id) and not upstream),
    )


def _names(entry: osv.Vulnerability) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return aliases (the same flaw) and upstream (flaws that this record is made of), schema sections `aliases`, `upstream`, `related`.

    A bulletin that names its CVEs in `aliases` or, as AlmaLinux, in `related` means `upstream`.
    """
    aliases, upstream = entry.aliases or [], [_common(name) for name in entry.upstream or ()]
    if _BULLETIN.match(entry.id):
        upstream += [name for name in map(_common, aliases) if _CVE.match(name)]
        aliases = [name for name in aliases if not _CVE.match(_common(name))]
        if not upstream:
            upstream = [name for name in map(_common, entry.related or ()) if _CVE.match(name)]
    elif _common(entry.id) != entry.id and not upstream:
        upstream = [_common(entry.id)]
    return tuple(dict.fromkeys(a for a in aliases if a != entry.id)), tuple(dict.fromkeys(upstream))


def _common(name: str) -> str:
    """Return the CVE that a distribution's own name stands for, else the name."""
    match = _DERIVED.match(name)
    return match[1] if match else name


def _severity(entry: osv.Vulnerability, vectors: tuple[str, ...]) -> tuple[Severity, str]:
    """Return the publisher's own word first, then the newest CVSS, then what a rebuild's summary begins with."""
    for score in entry.severity or ():
        if not score.type.startswith("CVSS") and (found := WORDS.get(str(score.score).lower())) is not None:
            return found, score.type
    word = osv.specific(entry.database_specific).word("severity")
    if (found := WORDS.get(word.lower())) is not None:
        return found, f"{_publisher(entry.id)}: {word.lower()}"
    if (vector := cvss.preferred(vectors)) and (severity := cvss.severity(vector)):
        return severity, vector
    if entry.summary and _BULLETIN.match(entry.id) and (title := _TITLE.match(entry.summary)):
        return WORDS[title[1].lower()], f"{_publisher(entry.id)}: {title[1].lower()}"
    return Severity.UNKNOWN, ""


def _publisher(name: str) -> str:
    return name.partition("-")[0]


def _affected(partition: str, entries: Iterable[osv.Affected]) -> Iterator[Affected]:
    for entry in entries:
        package = entry.package
        if package is None or not package.name or not _within(package.ecosystem, partition):
            continue
        vectors = tuple(str(s.score) for s in entry.severity or () if s.type.startswith("CVSS"))
        severity, source = None, ""
        if vector := cvss.preferred(vectors):
            severity, source = cvss.severity(vector) or None, vector
        here, there = osv.specific(entry.ecosystem_specific), osv.specific(entry.database_specific)
        word = next((s.score for s in entry.severity or () if not s.type.startswith("CVSS")), "") or here.word("urgency")
        if (found := WORDS.get(str(word).lower().rstrip("*"))) is not None:
            severity, source = found, package.ecosystem.partition(":")[0]
        yield Affected(
            ecosystem=package.ecosystem,
            name=osv.normalise(package.ecosystem, package.name),
            ranges=tuple(branch for r in entry.ranges or () if r.type != "GIT" for branch in osv.branches(r.events or (), r.type == "SEMVER")),
            versions=tuple(entry.versions or ()),
            severity=severity,
            severity_source=source,
            note=_note(here, there),
        )


def _note(here: osv.Specific, there: osv.Specific) -> str:
    if word := there.word("informational"):  # RustSec: unmaintained, unsound, notice
        return f"informational: {word}"
    if here.has_custom_ranges:  # Go: versions by tags that are no module versions
        return "its versions are not those of the module: whether this one is affected must be checked"
    return ""


def _within(ecosystem: str, partition: str) -> bool:
    return not partition or ecosystem == partition or ecosystem.startswith(f"{partition}:")


def _references(entries: list[osv.Reference] | tuple[()]) -> Iterator[str]:
    """Yield links, the publisher's own page first."""
    ordered = sorted((e for e in entries if e.url), key=lambda e: e.type != "ADVISORY")
    return (e.url for e in ordered[:REFERENCES])


def partitions(ecosystems: frozenset[str], distributions: tuple[Distribution, ...]) -> Iterator[str]:
    """Yield the ecosystems as they are, and the release of each distribution whose best data is here.

    Debian, Alpine, Wolfi and Chainguard are not: they have feeds of their own, and two would double every finding.
    """
    yield from sorted(ecosystems)
    for distribution in distributions:
        yield from _release(distribution.id, distribution.version_id)


def _release(name: str, version: str) -> Iterator[str]:
    major = version.partition(".")[0]
    match name:
        case "almalinux":
            yield f"AlmaLinux:{major}"
        case "rocky":
            yield f"Rocky Linux:{major}"
        case "ubuntu":
            lts = re.fullmatch(r"\d[02468]\.04", version)
            yield f"Ubuntu:{version}:LTS" if lts else f"Ubuntu:{version}"
        case "opensuse-leap" | "opensuse-tumbleweed" | "opensuse":
            yield "openSUSE"
        case "sles" | "sled" | "sles_sap" | "sle-micro" | "sl-micro":
            yield "SUSE"
        case "rhel":
            yield "Red Hat"
        case "photon":
            yield f"Photon OS:{major}.0"
        case "azurelinux" | "mariner":
            yield f"Azure Linux:{major}"
        case "mageia":
            yield f"Mageia:{major}"
        case "openEuler" | "openeuler":
            yield "openEuler"
        case "alpaquita":
            yield f"Alpaquita:{version}"
        case "minimos":
            yield "MinimOS"
        case "echo":
            yield "Echo"


def wider(partition: str) -> str:
    """OSV exports no releases of distributions since October 2024 (announced in its discussion group): `Ubuntu` holds `Ubuntu:22.04:LTS`."""
    return partition.partition(":")[0]


def url(partition: str) -> str:
    """Return where OSV exports an ecosystem (google.github.io/osv.dev/data)."""
    return f"https://osv-vulnerabilities.storage.googleapis.com/{quote(wider(partition))}/all.zip"


FEED = Feed(
    id="osv",
    partitions=partitions,
    url=url,
    every=timedelta(hours=6),
    parse=parse,
    sample=(
        "PyPI",
        b"""{"schema_version": "1.7.0", "id": "EXAMPLE-2026-1", "modified": "2026-01-02T03:04:05Z", "aliases": ["CVE-2026-0001"],
        "affected": [{"package": {"ecosystem": "PyPI", "name": "Sample_Package"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}]}]}]}""",
    ),
    licence="each database its own: CC-BY-4.0, CC0-1.0, MIT, Apache-2.0, BSD (google.github.io/osv.dev/data)",
    wider=wider,
)
