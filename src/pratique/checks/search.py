"""The search for secrets: every rule over every byte, once. A *finder* says where a rule may match; the rest confirms it here.

What is confirmed does not depend on the finder. A file is divided into segments; a finder only names (segment, rule) pairs, and in those the rule's
own pattern is applied to the same bytes, whoever named them. So a finder may name too much, and as long as it misses none, all finders give the same.
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from typing import NamedTuple, Protocol

from pratique.checks.context import excuse
from pratique.checks.literals import Literals
from pratique.checks.secret import SecretRule, SecretRules
from pratique.checks.structure import STRUCTURES

REVISION = "1"
"""Changes whenever the same rules would find something else in the same bytes."""
SEGMENT = 1 << 10
"""Bytes of one segment."""
MAX_REACH = 16 << 10
"""Bytes that a match may be long: an RSA key of 16,384 bits has 12.7 KiB as PEM."""
BEFORE = 128
"""Bytes before a segment that a pattern or its judge may look at."""
BEHIND = 512
"""Bytes behind a match that its judge may look at."""

PLAIN, WIDE, CODED = range(3)
"""The forms that a text may have: as it is, UTF-16, base64."""
FORMS = ("", ", as UTF-16", ", in base64")
_WIDE_RUN = re.compile(rb"(?:[\x09\x0a\x0d\x20-\x7e]\x00){7,}[\x20-\x7e]?")
_CODED_RUN = re.compile(rb"[A-Za-z0-9+/_-]{12,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*")
_EDGE = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))"


class Found(NamedTuple):
    """One secret in one file. `digest` is a keyed hash of it; the text itself is not kept."""

    rule: SecretRule
    start: int
    end: int
    line: int
    digest: str
    detail: str
    form: int
    excuse: str
    """Why it is not counted; empty: it is."""


class Finder(Protocol):
    """Says where rules may match."""

    def find(self, data: bytearray) -> Iterable[tuple[int, int]]:
        """Yield (position, trigger): the trigger's rule may match in a stretch that begins at most one segment before the position."""
        ...


@dataclass(slots=True)
class Compiled:
    """A rule as it is searched for."""

    rule: SecretRule
    source: bytes
    """Its expression for `re`."""
    trigger: bytes
    literal: str
    """The literal that every match begins with, where there is one: then other forms are looked for too."""
    _pattern: re.Pattern[bytes] | None = None

    @property
    def pattern(self) -> re.Pattern[bytes]:
        """The compiled expression. Of the hundreds of rules an image needs a few, and compiling all costs more than reading a layer."""
        if self._pattern is None:
            self._pattern = re.compile(self.source, re.MULTILINE if self.rule.paths else re.DOTALL)
        return self._pattern


@dataclass(slots=True)
class Search:
    """All rules, compiled."""

    rules: tuple[Compiled, ...]
    revision: str
    places: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """By the last part of a path: the rules that are for files of that name."""
    suffixes: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def compile(cls, families: Iterable[SecretRules]) -> Search:
        """Compile the rules of all families."""
        rules = tuple(_compiled(rule) for family in families for rule in family.rules)
        digest = sha256(repr([(c.rule, c.source) for c in rules]).encode()).hexdigest()[:16]
        search = cls(rules, f"{REVISION}-{digest}")
        for index, compiled in enumerate(rules):
            for place in compiled.rule.paths:
                table, key = (search.suffixes, place[1:]) if place.startswith("*.") else (search.places, place.rpartition("/")[2])
                table[key] = (*table.get(key, ()), index)
        return search

    def triggers(self) -> Iterator[tuple[int, bytes]]:
        """Yield the number and the expression of each trigger, in the subset of regular expressions that hyperscan reads."""
        for index, compiled in enumerate(self.rules):
            if compiled.rule.paths:
                continue
            yield index * 3 + PLAIN, compiled.trigger
            for form, literals in ((WIDE, _wide(compiled.literal)), (CODED, _coded(compiled.literal))):
                if literals:
                    yield index * 3 + form, b"|".join(map(re.escape, literals)).replace(b"\0", rb"\x00")  # it reads C strings

    def of(self, path: str) -> tuple[int, ...]:
        """Return the rules that are for a file of this path."""
        name = path.rpartition("/")[2].rpartition("!")[2]
        found = self.places.get(name, ())
        if self.suffixes and (at := name.rfind(".")) >= 0:
            found += self.suffixes.get(name[at:], ())
        if not found:
            return ()
        return tuple(i for i in found if any(place.startswith("*.") or f"/{path}".endswith(f"/{place}") for place in self.rules[i].rule.paths))

    def literals(self) -> LiteralFinder:
        """Return the finder that needs no other library."""
        return LiteralFinder(self)

    def text(self, data: bytes, path: str = "") -> list[Found]:
        """Return what is in a short text: an environment variable, a label, an instruction. Every rule is applied, without a finder."""
        found: dict[tuple[str, str], Found] = {}
        lower = data.lower()
        own = self.of(path) if path else ()
        for index, compiled in enumerate(self.rules):
            rule = compiled.rule
            if index in own or (not rule.paths and any(word.encode() in lower for word in rule.keywords)):
                for one in confirmed(compiled, data, 0, len(data), 0, len(data), PLAIN):
                    found.setdefault((rule.id, one.digest), one)
        return specific(found.values())


class LiteralFinder:
    """Finds by the literals that every match of a rule has."""

    def __init__(self, search: Search) -> None:
        anycase: dict[bytes, list[int]] = {}
        exact: dict[bytes, list[int]] = {}
        for index, compiled in enumerate(search.rules):
            if compiled.rule.paths:
                continue
            for word in compiled.rule.keywords:
                anycase.setdefault(word.encode(), []).append(index * 3 + PLAIN)
            for wide in _wide(compiled.literal):
                anycase.setdefault(wide.lower(), []).append(index * 3 + WIDE)
            for coded in _coded(compiled.literal):
                exact.setdefault(coded, []).append(index * 3 + CODED)
        self._anycase, self._exact = Literals(anycase), Literals(exact)

    def find(self, data: bytearray) -> Iterator[tuple[int, int]]:
        """As of `Finder`."""
        for literals, text in ((self._anycase, data.lower()), (self._exact, data)):
            for position, triggers in literals.find(text):  # type: ignore[arg-type]  # a bytearray is as good
                for trigger in triggers:
                    yield position + 1, trigger


def named(finds: Iterable[tuple[int, int]], starts: Sequence[int], bases: Sequence[int]) -> dict[int, set[tuple[int, int]]]:
    """Return, for each extent of a buffer, the (segment, trigger) pairs that a finder named; segments are counted from the file's begin."""
    dirty: dict[int, set[tuple[int, int]]] = {}
    for position, trigger in finds:
        extent = bisect_right(starts, position - 1) - 1
        segment = (bases[extent] + position - 1 - starts[extent]) // SEGMENT
        pairs = dirty.get(extent)
        if pairs is None:
            pairs = dirty[extent] = set()
        pairs.add((segment, trigger))
        if segment:
            pairs.add((segment - 1, trigger))
    return dirty


def confirmed(compiled: Compiled, data: bytes | bytearray, low: int, high: int, start: int, end: int, form: int) -> Iterator[Found]:
    """Yield the matches of a rule that begin in `data[start:end]`, of a file that lies in `data[low:high]`. Lines are left at 0."""
    if form == PLAIN:
        stop = min(high, end + compiled.rule.reach)
        if compiled.rule.first:
            match = compiled.pattern.match(data, start, stop) if start == low else None
            if match is not None and (found := _judged(compiled.rule, match, data, low, high, PLAIN)) is not None:
                yield found
            return
        for match in compiled.pattern.finditer(data, start, stop):
            if match.start() >= end:
                break
            if (found := _judged(compiled.rule, match, data, low, high, PLAIN)) is not None:
                yield found
        return
    stop = min(high, end + min(MAX_REACH, compiled.rule.reach * (2 if form == WIDE else 4) // (1 if form == WIDE else 3)))
    for run in (_WIDE_RUN if form == WIDE else _CODED_RUN).finditer(data, start, stop):
        for text in _texts(run[0], form):
            for match in compiled.pattern.finditer(text):
                found = _judged(compiled.rule, match, text, 0, len(text), form)
                if found is not None:
                    yield found._replace(start=run.start(), end=run.end())


def specific(found: Iterable[Found]) -> list[Found]:
    """Leave out what a rule without an issuer says of a text that another rule knows better."""
    every = sorted(found, key=lambda one: (one.start, one.rule.id))
    known = [(one.start, one.end) for one in every if not _general(one.rule)]
    return [one for one in every if not _general(one.rule) or not any(start < one.end and one.start < end for start, end in known)]


def _general(rule: SecretRule) -> bool:
    return rule.id.startswith("generic-")


def _judged(rule: SecretRule, match: re.Match[bytes], data: bytes | bytearray, low: int, high: int, form: int) -> Found | None:
    start, end = match.span()
    if (rule.text or rule.binary) and (data.find(b"\0", max(low, start - 64), min(high, end + 64)) >= 0) != rule.binary:
        return None
    value = match["free" if rule.named and rule.chars else "all"].decode("latin-1")
    detail: str | None = ""
    wrong = ""
    if rule.structure:
        detail = STRUCTURES[rule.structure](value)
        if detail is None:
            if rule.structure != "crc32_base62":
                return None
            detail, wrong = "", "its checksum does not hold"
    free = match["free"].decode("latin-1") if rule.chars else value
    line_start = data.rfind(b"\n", max(low, start - BEFORE), start) + 1 or max(low, start - BEFORE)
    line_end = data.find(b"\n", end, min(high, end + BEHIND))
    line = bytes(data[line_start : line_end if line_end >= 0 else min(high, end + BEHIND)]).decode("latin-1")
    why = excuse(rule, free, line) or wrong
    return Found(rule, start, end, 0, hashed(value), detail or "", form, why)


def hashed(value: str) -> str:
    """Return the keyed hash of a secret: it tells two apart and tells nothing of either."""
    return blake2b(value.encode("latin-1", "replace"), key=b"pratique/secret", digest_size=16).hexdigest()


def _texts(run: bytes, form: int) -> Iterator[bytes]:
    if form == WIDE:
        yield run[::2]
        return
    joined = run.replace(b"\r", b"").replace(b"\n", b"").translate(bytes.maketrans(b"-_", b"+/"))
    for shift in range(4):
        part = joined[shift:]
        rest = len(part) % 4
        yield base64.b64decode(part + b"=" * (4 - rest) if rest > 1 else part[: len(part) - rest])


def _compiled(rule: SecretRule) -> Compiled:
    most = rule.most or rule.least
    head = f"(?i:{rule.head})" if rule.caseless else f"(?:{rule.head})"
    free = f"(?P<free>{rule.chars}{{{rule.least},{most}}}+)(?!{rule.chars})" if rule.chars else ""
    tail = (f"(?i:{rule.tail})" if rule.caseless else rule.tail) if rule.tail else ""
    edge = "" if rule.named or not rule.chars or rule.paths else _EDGE
    source = f"{edge}(?P<all>{head}{free}){tail}".encode("latin-1")
    trigger = f"{head}{f'{rule.chars}{{{rule.least}}}' if rule.chars else ''}" if rule.trigger == "" else rule.trigger
    return Compiled(rule, source, trigger.encode("latin-1"), rule.literal)


def _wide(literal: str) -> tuple[bytes, ...]:
    return (literal.encode("utf-16-le")[:-1],) if len(literal) >= 4 else ()


def _coded(literal: str) -> tuple[bytes, ...]:
    """Return how a literal looks within base64 (RFC 4648), at each of its three alignments: the characters that it alone decides."""
    if len(literal) < (4 if literal[-1:] in ("_", "-") else 6):
        return ()
    forms = []
    for shift, skipped in ((0, 0), (1, 2), (2, 3)):
        text = base64.b64encode(b"\0" * shift + literal.encode())
        forms.append(text[skipped : (shift + len(literal)) * 8 // 6])
    return tuple(forms)
