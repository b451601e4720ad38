"""The security databases of Wolfi and Chainguard, in the format of Alpine's (packages.wolfi.dev, packages.cgr.dev)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pratique.advisories.document import plain, whole
from pratique.advisories.feed import Feed, Record
from pratique.formats.secdb import Secdb, fixes
from pratique.model import Advisory, Affected, Distribution, Gap, Range, Status

REPOSITORIES = {
    "os": ("wolfi", "Wolfi", "https://packages.wolfi.dev/os/security.json"),
    "chainguard": ("chainguard", "Chainguard", "https://packages.cgr.dev/chainguard/security.json"),
}
"""Partition: the id in os-release, the OSV ecosystem, the publisher's address."""


def parse(partition: str, data: bytes) -> Iterator[Record]:
    """Yield one advisory for each package, version and flaw. A CVE and its GHSA stand beside each other, unconnected: each is one."""
    ecosystem = REPOSITORIES.get(partition, REPOSITORIES["os"])[1]
    for index, raw in enumerate(whole(plain(data), Secdb, "an apk security database").packages or ()):
        try:
            entries = list(fixes(raw))
        except ValueError as error:
            yield Gap("record-unreadable", f"package {index} of {partition} cannot be read: {str(error)[:300]}", path=str(index))
            continue
        for package, version, name, aliases, note in entries:
            never = version == "0"
            affected = Affected(
                ecosystem,
                package,
                ranges=() if never else (Range("0", fixed=version),),
                status=Status.NOT_AFFECTED if never else Status.AFFECTED,
                note=note,
            )
            yield Advisory(name, "wolfi-secdb", aliases, affected=(affected,))


def partitions(_ecosystems: frozenset[str], distributions: tuple[Distribution, ...]) -> Iterator[str]:
    """Both are rolling: one partition for all times."""
    ids = {distribution.id for distribution in distributions}
    yield from (partition for partition, (name, _, _) in REPOSITORIES.items() if name in ids)


FEED = Feed(
    id="wolfi-secdb",
    partitions=partitions,
    url=lambda partition: REPOSITORIES.get(partition, REPOSITORIES["os"])[2],
    every=timedelta(hours=6),
    parse=parse,
    sample=("os", b'{"reponame": "os", "packages": [{"pkg": {"name": "sample", "secfixes": {"1.2-r3": ["CVE-2026-0001", "GHSA-aaaa-bbbb-cccc"]}}}]}'),
    licence="published by Chainguard for scanners",
)
