"""Packages, distributions and advisories in a few words, for the tests of matching."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from conftest import shared

from pratique.advisories.feeds import osv
from pratique.matching.match import Matches, match
from pratique.model import Advisory, Affected, Distribution, Origin, Package, Range, SourcePackage

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DEBIAN = Distribution("debian", "12", "bookworm", pretty_name="Debian GNU/Linux 12 (bookworm)")
ALMA = Distribution("almalinux", "8.10", name="AlmaLinux", pretty_name="AlmaLinux 8.10")
ALPINE = Distribution("alpine", "3.18.4", pretty_name="Alpine Linux v3.18")


@dataclass(frozen=True)
class Numbers:
    """An ecosystem whose versions are dotted numbers: what is none is no version."""

    osv: tuple[str, ...] = ("PyPI",)

    @staticmethod
    def order(version: str) -> tuple[int, ...]:
        return tuple(int(part) for part in version.split("."))

    @staticmethod
    def normalise(name: str) -> str:
        return name.lower()


NUMBERS: Mapping[str, Any] = {
    "pypi": Numbers(),
    "deb": Numbers(("Debian", "Ubuntu")),
    "apk": Numbers(("Alpine",)),
    "rpm": Numbers(("AlmaLinux", "Rocky Linux")),
}


def python(name: str, version: str, **more: Any) -> Package:
    return Package("pypi", name, version, f"pkg:pypi/{name}@{version}", **more)


def deb(name: str, version: str, source: str = "", **more: Any) -> Package:
    more.setdefault("distribution", "debian:12")
    return Package(
        "deb", name, version, f"pkg:deb/debian/{name}@{version}", namespace="debian", source=SourcePackage(source or name, version), **more
    )


def rpm(name: str, version: str, **more: Any) -> Package:
    more.setdefault("distribution", "almalinux:8.10")
    return Package("rpm", name, version, f"pkg:rpm/almalinux/{name}@{version}", namespace="almalinux", **more)


def apk(name: str, version: str, source: str = "", **more: Any) -> Package:
    more.setdefault("distribution", "alpine:3.18.4")
    return Package(
        "apk", name, version, f"pkg:apk/alpine/{name}@{version}", namespace="alpine", source=SourcePackage(source or name, version), **more
    )


def affected(name: str, *ranges: Range, ecosystem: str = "PyPI", **more: Any) -> Affected:
    return Affected(ecosystem, name, ranges, **more)


def advisory(id_: str, *entries: Affected, **more: Any) -> Advisory:
    more.setdefault("feed", "osv")
    return Advisory(id_, affected=entries, **more)


def lookup_in(advisories: Sequence[Advisory]) -> Callable[..., Iterable[Advisory]]:
    """A store of a few advisories, with the face of `AdvisoryStore.advisories` and none of its cuts."""

    def lookup(ecosystem: str, names: Iterable[str], relevant: Callable[[Affected], bool] | None = None) -> Iterable[Advisory]:
        wanted = {name.lower() for name in names}
        return [one for one in advisories if any(entry.ecosystem == ecosystem and entry.name.lower() in wanted for entry in one.affected)]

    return lookup


def cutting(advisories: Sequence[Advisory]) -> Callable[..., Iterable[Advisory]]:
    """The same store, which leaves out every entry that need not be given."""

    def lookup(ecosystem: str, names: Iterable[str], relevant: Callable[[Affected], bool] | None = None) -> Iterable[Advisory]:
        from dataclasses import replace

        wanted = {name.lower() for name in names}
        for one in advisories:
            entries = [e for e in one.affected if e.ecosystem == ecosystem and e.name.lower() in wanted and (relevant is None or relevant(e))]
            if entries:
                yield replace(one, affected=tuple(entries))

    return lookup


def matched(packages: Iterable[Package], advisories: Sequence[Advisory], distributions: Sequence[Distribution] = (), **more: Any) -> Matches:
    """Match with dotted numbers as versions, through both kinds of store, which must not differ."""
    packages = list(packages)
    orders = more.pop("orders", NUMBERS)
    whole = match(packages, distributions, orders, lookup_in(advisories), now=NOW, **more)
    cut = match(packages, distributions, orders, cutting(advisories), now=NOW, **more)
    assert (whole.findings, whole.suppressed, whole.gaps) == (cut.findings, cut.suppressed, cut.gaps)
    return whole


def hidden(layer: int = 1) -> Origin:
    return Origin(layer=layer, visible=False)


@cache
def feed(partition: str) -> tuple[Advisory, ...]:
    """All advisories of one OSV zip of the shared data."""
    data = shared("feeds", "osv", partition, "all.zip").read_bytes()
    return tuple(record for record in osv.parse(partition, data) if isinstance(record, Advisory))


def sample(name: str) -> Any:
    """One JSON record of the shared samples, as its publisher wrote it."""
    with zipfile.ZipFile(shared("feeds", "samples", "samples.zip")) as archive:
        return json.loads(archive.read(name))
