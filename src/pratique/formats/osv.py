"""OSV records (ossf.github.io/osv-schema 1.7): their wire format, the branches of their ranges, the names of their packages. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from pratique.model import Range


class Event(msgspec.Struct):
    """One event of a range; a record has one field of it, by the schema."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class Span(msgspec.Struct):
    """One range: of versions (SEMVER, ECOSYSTEM) or of commits (GIT)."""

    type: str = ""
    events: list[Event] | None = None


class Package(msgspec.Struct):
    """A package by the names of its ecosystem."""

    ecosystem: str = ""
    name: str = ""


class Score(msgspec.Struct):
    """A CVSS vector, or a word of a publisher (`Ubuntu`)."""

    type: str = ""
    score: str | float = ""


class Specific(msgspec.Struct):
    """What is read of `database_specific` and `ecosystem_specific`, which are free in form: each value is looked at on its own."""

    severity: msgspec.Raw = msgspec.Raw()
    urgency: msgspec.Raw = msgspec.Raw()
    informational: msgspec.Raw = msgspec.Raw()
    custom_ranges: msgspec.Raw = msgspec.Raw()

    @property
    def has_custom_ranges(self) -> bool:
        """Whether Go's `custom_ranges` are there: ranges of tags that are no module versions."""
        return _opens(self.custom_ranges, b"[")

    def word(self, name: str) -> str:
        """Return a value that is a word, else an empty string."""
        raw: msgspec.Raw = getattr(self, name)
        try:
            return msgspec.json.decode(raw, type=str) if _opens(raw, b'"') else ""
        except (UnicodeDecodeError, msgspec.MsgspecError):
            return ""


class Affected(msgspec.Struct):
    """What a record says of one package."""

    package: Package | None = None
    ranges: list[Span] | None = None
    versions: list[str] | None = None
    severity: list[Score] | None = None
    ecosystem_specific: msgspec.Raw = msgspec.Raw()
    database_specific: msgspec.Raw = msgspec.Raw()


class Reference(msgspec.Struct):
    """A link."""

    type: str = ""
    url: str = ""


class Vulnerability(msgspec.Struct):
    """One record."""

    id: str
    modified: str | None = None
    published: str | None = None
    withdrawn: str | None = None
    aliases: list[str] | None = None
    upstream: list[str] | None = None
    related: list[str] | None = None
    summary: str | None = None
    details: str | None = None
    severity: list[Score] | None = None
    affected: list[Affected] | None = None
    references: list[Reference] | None = None
    database_specific: msgspec.Raw = msgspec.Raw()


def normalise(ecosystem: str, name: str) -> str:
    """Return a package name as its ecosystem compares it: PyPI by PEP 503; NuGet, Packagist and GitHub Actions without case."""
    match ecosystem.partition(":")[0]:
        case "PyPI":
            return re.sub(r"[-_.]+", "-", name).lower()
        case "NuGet" | "Packagist" | "GitHub Actions":
            return name.lower()
    return name


def branches(events: Iterable[Event], semver: bool = False) -> Iterator[Range]:
    """Turn the events of one range into branches; `semver` for those of the type SEMVER.

    The schema's "Evaluation" takes events in the order of versions: an introduced opens, a fixed or last_affected closes. Publishers write them in
    that order; where they do not (an end before its beginning), a natural order of the versions decides. A `limit` ends a branch as `fixed` does.
    """
    steps = [(kind, version) for event in events for kind in _RANK if (version := getattr(event, kind))]
    if not _ordered(steps, semver):
        steps.sort(key=lambda step: (_natural(step[1], semver), _RANK[step[0]]))
    opened: str | None = None
    for kind, version in steps:
        if kind == "introduced":
            opened = version if opened is None else opened
        elif opened is not None:
            yield Range(opened, last_affected=version) if kind == "last_affected" else Range(opened, fixed=version)
            opened = None
    if opened is not None:
        yield Range(opened)


_RANK = {"fixed": 0, "limit": 0, "introduced": 1, "last_affected": 2}
"""At the same version an old branch ends before a new one begins; `last_affected` includes its version."""


def _ordered(steps: list[tuple[str, str]], semver: bool) -> bool:
    """Say whether beginnings and ends alternate and none ends before it begins: then the pairs of disjoint branches cannot be crossed."""
    if not all((kind == "introduced") == (index % 2 == 0) for index, (kind, _) in enumerate(steps)):
        return False
    pairs = zip(steps[::2], steps[1::2], strict=False)
    return len(steps) <= 2 or all(_natural(begin, semver) <= _natural(end, semver) for (_, begin), (_, end) in pairs)


def _natural(version: str, semver: bool) -> tuple[tuple[int, int, str], ...]:
    """Return a key for a rough order of versions of any kind: numbers as numbers, a release after its pre-releases, `0` first, an epoch above all."""
    if version == "0":
        return ()
    epoch, colon, rest = version.partition(":")
    number, rest = (int(epoch), rest) if colon and epoch.isdecimal() and len(epoch) < 10 else (0, version)
    rest = rest.partition("+")[0]
    if semver:  # a hyphen begins a pre-release there, elsewhere it may begin a revision
        rest = rest.replace("-", " pre ", 1)
    parts = re.findall(r"[0-9]+|[a-zA-Z]+", rest)
    return ((1, number, ""), *((1, int(p[:18]), "") if p.isdigit() else (-1, 0, p.lower()) for p in parts), (0, 0, ""))


_decoder = msgspec.json.Decoder(Vulnerability)


def vulnerability(data: bytes) -> Vulnerability:
    """Decode one record. Raises `ValueError` for what is no OSV record."""
    try:
        entry = _decoder.decode(data)
    except RecursionError:
        raise ValueError("is nested too deep") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"is not OSV: {error}") from None
    if not entry.id or (entry.modified is None and entry.affected is None):
        raise ValueError("is not OSV: it has neither `modified` nor `affected`")
    return entry


def _opens(raw: msgspec.Raw, sign: bytes) -> bool:
    return bytes(memoryview(raw)[:1]) == sign


def specific(raw: msgspec.Raw) -> Specific:
    """Decode what is read of a free-form object; whatever is none has nothing."""
    try:
        return msgspec.json.decode(raw, type=Specific) if _opens(raw, b"{") else Specific()
    except (RecursionError, UnicodeDecodeError, msgspec.MsgspecError):
        return Specific()
