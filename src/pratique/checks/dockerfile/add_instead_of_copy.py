"""ADD also downloads and extracts: of a local file that is no archive it does what COPY does, and surprises who reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build, Copy
from pratique.model import Confidence, Severity

_ARCHIVE = re.compile(r"\.(?:tar|tar\.\w+|tgz|tbz2?|txz|tzst|gz|bz2|xz|zst)\Z", re.IGNORECASE)
_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://|git@", re.IGNORECASE)


def run(build: Build) -> Iterator[Hit]:
    """Object to each ADD whose sources are local and no archives."""
    for copy in _plain(build):
        yield at(copy.instruction, "COPY would do: nothing is downloaded or extracted")


def _plain(build: Build) -> Iterator[Copy]:
    for stage in build.stages:
        for copy in stage.copies:
            if copy.instruction.keyword == "ADD" and all(
                source.known and not _REMOTE.match(source.text) and not _ARCHIVE.search(source.text) for source in copy.sources
            ):
                yield copy


CHECK = DockerfileCheck(
    id="add-instead-of-copy",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is a local file added where COPY would do?",
    remedy="Write COPY.",
    run=run,
    catches=(
        "ADD app.py /app/",
        "ADD . /app",
        'ADD ["a.json", "/b/"]',
        "add --chown=1:1 x.sh /",
    ),
    passes=(
        "COPY app.py /app/",
        "ADD rootfs.tar.xz /",
        "ADD https://x.example/a /a",
        "ADD git@x.example:y.git /src",
        "ARG F\nADD $F /",
        "ADD a.tgz b.tar.gz /x/",
    ),
    aliases=(
        "DL3020",
        "DS-0005",
        "AVD-DS-0005",
        "CIS-DI-0009",
        "CIS-4.9",
    ),
)
