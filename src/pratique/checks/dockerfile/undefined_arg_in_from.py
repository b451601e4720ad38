"""FROM only sees ARGs that stand before the first FROM: another name is empty there."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each FROM that uses a name which nothing before the first FROM declares."""
    for missing in build.missing:
        yield at(missing.instruction, f"{missing.name[:60]} is not declared before the first FROM: it is empty here")


CHECK = DockerfileCheck(
    id="undefined-arg-in-from",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does FROM use what is not declared?",
    remedy="Write ARG before the first FROM.",
    run=run,
    catches=(
        "FROM debian:$TAG",
        "FROM a:1 AS x\nARG V=1\nFROM b:$V",
    ),
    passes=(
        "ARG TAG=12\nFROM debian:$TAG",
        "FROM --platform=$BUILDPLATFORM a:1",
        "ARG TAG\nFROM debian:${TAG:-12}",
    ),
    aliases=("UndefinedArgInFrom",),
)
