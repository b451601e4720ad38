"""Releases of Debian and Ubuntu with the ends of their support (salsa.debian.org/debian/distro-info-data)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from pratique.advisories.document import plain
from pratique.advisories.feed import Feed, Record
from pratique.errors import MalformedAdvisory
from pratique.model import Distribution, Gap, Lifecycle

EXTENDED = ("eol-lts", "eol-esm", "eol-elts")
"""The columns of extended support, the first that has a date wins: Debian LTS is open to all, ELTS and Ubuntu ESM are not."""


def parse(partition: str, data: bytes) -> Iterator[Record]:
    """Yield the releases of `debian` or `ubuntu`. Those without a number (sid, experimental) have no life to end."""
    import csv

    reader = csv.DictReader(plain(data).decode("utf-8", "replace").splitlines())
    if not {"version", "series", "eol"} <= set(reader.fieldnames or ()):
        raise MalformedAdvisory("this is not distro-info: the columns version, series and eol are missing", "Fetch it again.")
    for row in reader:
        if not row["version"]:
            continue
        try:
            ends = _day(row["eol"])
            extended = next((day for column in EXTENDED if (day := _day(row.get(column)))), None)
        except ValueError as error:
            yield Gap(
                "record-unreadable", f"line {reader.line_num} of {partition} cannot be read: {str(error)[:200]}", path=f"line {reader.line_num}"
            )
        else:
            yield Lifecycle(partition, row["version"].removesuffix(" LTS"), row["series"] or "", ends, extended)


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def partitions(_ecosystems: frozenset[str], _distributions: tuple[Distribution, ...]) -> Iterator[str]:
    """Nothing of itself: `endoflife` says the same of more distributions. It is synced by name where a site mirrors Debian."""
    yield from ()


FEED = Feed(
    id="distro-info",
    partitions=partitions,
    url=lambda partition: f"https://salsa.debian.org/debian/distro-info-data/-/raw/main/{partition}.csv",
    every=timedelta(days=7),
    parse=parse,
    sample=(
        "debian",
        b"version,codename,series,created,release,eol,eol-lts,eol-elts\n12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-07-11,2028-06-30,2033-06-30\n",
    ),
    licence="ISC",
    names=False,
    vital=False,
)
