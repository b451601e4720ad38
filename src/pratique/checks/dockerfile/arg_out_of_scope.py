"""An ARG before the first FROM is not seen in a stage that does not declare it again: there it is empty."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each use of a global ARG in a stage that does not declare it."""
    for stage in build.stages:
        for missing in stage.missing:
            if missing.name in build.arguments:
                yield at(missing.instruction, f"{missing.name[:60]} is declared before FROM only: here it is empty")


CHECK = DockerfileCheck(
    id="arg-out-of-scope",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    asks="Does a stage use an ARG that it does not declare?",
    remedy="Write ARG with the name in the stage too.",
    run=run,
    catches=(
        "ARG V=1\nFROM a:1\nCOPY x-$V /x",
        "ARG DIR=/a\nFROM a:1\nWORKDIR $DIR\nARG DIR",
    ),
    passes=(
        "ARG V=1\nFROM a:1\nARG V\nCOPY x-$V /x",
        "ARG V=1\nFROM a:$V",
        "ARG V=1\nFROM a:1 AS x\nARG V\nFROM x\nCOPY $V /x",
    ),
    aliases=("UndefinedVar",),
)
