"""Alpine's security database: which version of a package fixed which flaw, for each release and repository (secdb.alpinelinux.org)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from pratique.advisories.document import plain, whole
from pratique.advisories.feed import Feed, Record
from pratique.formats.secdb import Secdb, fixes
from pratique.model import Advisory, Affected, Distribution, Gap, Range, Status

REPOSITORIES = ("main", "community")


def parse(partition: str, data: bytes) -> Iterator[Record]:
    """Yield one advisory for each package, version and flaw; partition `v3.18/main` belongs to the ecosystem `Alpine:v3.18`."""
    ecosystem = f"Alpine:{partition.partition('/')[0]}"
    for index, raw in enumerate(whole(plain(data), Secdb, "an Alpine security database").packages or ()):
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
            page = (f"https://security.alpinelinux.org/vuln/{name}",) if name.startswith("CVE-") else ()
            yield Advisory(name, "alpine-secdb", aliases, affected=(affected,), references=page)


def partitions(_ecosystems: frozenset[str], distributions: tuple[Distribution, ...]) -> Iterator[str]:
    """Yield both repositories of each Alpine release: `v3.18/main`, `v3.18/community`; of what has no numbered release yet: `edge/main`, …."""
    for distribution in distributions:
        if distribution.id == "alpine":
            for repository in REPOSITORIES:
                yield f"{release(distribution.version_id)}/{repository}"


def release(version: str) -> str:
    """Return the branch of a version: `v3.18` of `3.18.4`; `edge` of a snapshot (`3.21_alpha20240606`) or where there is none."""
    match = re.fullmatch(r"(\d+\.\d+)(?:\.\d+)*(?:_rc\d+)?", version)
    return f"v{match[1]}" if match else "edge"


FEED = Feed(
    id="alpine-secdb",
    partitions=partitions,
    url=lambda partition: f"https://secdb.alpinelinux.org/{partition}.json",
    every=timedelta(hours=6),
    parse=parse,
    sample=(
        "v3.18/main",
        b'{"packages": [{"pkg": {"name": "sample", "secfixes": {"1.2-r3": ["CVE-2026-0001"], "0": ["CVE-2026-0002"]}}}]}',
    ),
    licence="CC-BY-SA-4.0 (secdb.alpinelinux.org/license.txt)",
)
