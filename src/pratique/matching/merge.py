"""One flaw, however many publishers name it: claims about one package are joined where they share an id or an alias."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from pratique.model import Advisory, Affected


class Claim(NamedTuple):
    """What one advisory says of one flaw in one package that it hits."""

    names: tuple[str, ...]
    """Names of the flaw, its own id first: claims that share one are of the same flaw."""
    also: tuple[str, ...]
    """The bulletin that says so: a name for the reader, but no name of this flaw alone."""
    advisory: Advisory
    entries: tuple[Affected, ...]
    """All that the advisory says of this package: every branch counts when a fix is looked for."""
    hits: tuple[Affected, ...]
    """Those of them that hit the version."""


_RENAMED = re.compile(r"[A-Z]+-(CVE-\d{4}-\d+)", re.ASCII)
"""A publisher's own record of a CVE: `DEBIAN-CVE-2024-1234`, `UBUNTU-CVE-…`."""
_CVE = re.compile(r"CVE-(\d{4})-(\d+)", re.ASCII)


def claims(advisory: Advisory, entries: tuple[Affected, ...], hits: tuple[Affected, ...]) -> Iterator[Claim]:
    """Yield one claim for each flaw that an advisory is about: the upstream ids of a bulletin, else the advisory itself.

    A bulletin of several flaws names each of them, but is itself none: joined by its id, they would all become one.
    """
    if not advisory.upstream:
        yield Claim(_with_cve((advisory.id, *advisory.aliases)), (), advisory, entries, hits)
        return
    flaws: dict[str, list[str]] = {}
    for name in advisory.upstream:  # `UBUNTU-CVE-2024-1` beside `CVE-2024-1` is no second flaw
        flaws.setdefault(_with_cve((name,))[-1], []).append(name)
    alone = len(flaws) == 1
    for flaw, names in flaws.items():
        known = dict.fromkeys((flaw, *names, *(advisory.aliases if alone else ())))
        yield Claim(tuple(known), (advisory.id, *(() if alone else advisory.aliases)), advisory, entries, hits)


def _with_cve(names: Iterable[str]) -> tuple[str, ...]:
    """Append the CVE that a publisher's own record id holds."""
    found = dict.fromkeys(names)
    for name in tuple(found):
        if (match := _RENAMED.fullmatch(name)) is not None:
            found.setdefault(match[1])
    return tuple(found)


def merged(found: Sequence[Claim]) -> list[list[Claim]]:
    """Join claims that share a name, directly or through others (union-find); the order of the claims does not matter.

    The claims of each group are sorted by what they are worth to a reader: advisories of the flaw before bulletins, GHSA first.
    """
    parent = list(range(len(found)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    first: dict[str, int] = {}
    for index, claim in enumerate(found):
        for name in claim.names:
            if (other := first.setdefault(name, index)) != index:
                parent[root(index)] = root(other)
    groups: dict[int, list[Claim]] = {}
    for index, claim in enumerate(found):
        groups.setdefault(root(index), []).append(claim)
    for group in groups.values():
        if len(group) > 1:
            group.sort(key=lambda claim: (bool(claim.also), preference(claim.advisory.id), claim.advisory.feed, claim.names))
    return list(groups.values())


def rule(group: Sequence[Claim], malicious: bool) -> str:
    """Return the name by which users look the flaw up: its CVE, else its GHSA, else the id of its ecosystem; malware keeps its `MAL-` id."""
    names = {name for claim in group for name in claim.names}
    if malicious and (own := sorted(name for name in names if name.startswith("MAL-"))):
        return own[0]
    best = min(names, key=preference)
    if preference(best)[0] < _OTHER:
        return best
    return min((claim.names[0] for claim in group), key=preference)  # an advisory's own id before an alias that nobody here publishes


_OTHER = 2


@lru_cache(maxsize=1 << 14)
def preference(name: str) -> tuple[int, int, int, str]:
    """Return a sort key: CVE by year and number, then GHSA, then all others by name."""
    if (match := _CVE.fullmatch(name)) is not None:
        return (0, int(match[1]), int(match[2][:18]), name)
    return (1 if name.startswith("GHSA-") else _OTHER, 0, 0, name)
