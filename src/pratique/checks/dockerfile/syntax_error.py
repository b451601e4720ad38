"""What a builder refuses is no Dockerfile, and what other tools make of it is anybody's guess."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each fault that the parser met; those that hide something are gaps instead."""
    for fault in build.dockerfile.faults:
        if not fault.blind:
            yield at(fault, fault.message)


CHECK = DockerfileCheck(
    id="syntax-error",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Would a builder refuse this file?",
    remedy="Write it as the Dockerfile reference says: https://docs.docker.com/reference/dockerfile/",
    run=run,
    catches=(
        "FETCH x",
        "COPY --form=build /a /b",
        'RUN [1, "a"]',
        "ENV A=1 B",
        "FROM a b c d",
        "# escape=x\nFROM a:1",
        "RUN true\nFROM debian:12",
        "ONBUILD FROM x",
        "HEALTHCHECK curl x",
    ),
    passes=("ENV A 1", "run true", "COPY --parents --link a b", "# escape=`\nFROM a:1\nRUN dir `\n  c:\\\\", "HEALTHCHECK NONE", "ARG A B=1"),
    aliases=("DL1000", "DL3043", "DL3061"),
)
