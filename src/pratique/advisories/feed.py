"""What a feed is: where a publisher's data is, how it is divided, and a pure parser of its own format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from pratique.model import Advisory, Distribution, Exploited, Gap, Lifecycle, Likelihood

Record = Advisory | Exploited | tuple[str, Likelihood] | Lifecycle | Gap
"""What a parser yields: a Gap for a record that cannot be read (the others are kept); `(cve, likelihood)` for EPSS."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One publisher's data."""

    id: str
    """As in a mirror's `index.json`: `osv`, `debian-tracker`, `alpine-secdb`, `wolfi-secdb`, `kev`, `epss`, `endoflife`."""
    partitions: Callable[[frozenset[str], tuple[Distribution, ...]], Iterator[str]]
    """Which partitions the given OSV ecosystems of language packages (`PyPI`) and distributions need; none where this feed is silent on them."""
    url: Callable[[str], str]
    """The publisher's URL of a partition."""
    every: timedelta
    """How long what was fetched counts as fresh before it is asked for again."""
    parse: Callable[[str, bytes], Iterator[Record]]
    """`parse(partition, data)`: pure. Raises `MalformedAdvisory` where the whole is not what it should be (HTML, a truncated zip)."""
    sample: tuple[str, bytes]
    """A partition name and a small example of the publisher's format, which must parse to at least one record."""
    licence: str = ""
    wider: Callable[[str], str] = str
    """The partition that holds this one at the publisher: OSV exports `AlmaLinux`, of which `AlmaLinux:9` is a part."""
    dated: Callable[[bytes], str | None] | None = None
    """The date of the data (`2026-08-16`) as the data itself says it, where it does."""
    names: bool = True
    """Whether it names affected packages; else it says more of flaws or releases, and no package is covered by it."""
    vital: bool = True
    """Whether the answer may be wrong without it: its absence is a blind Gap, else a note."""
