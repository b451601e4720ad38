"""Of CMD, ENTRYPOINT and HEALTHCHECK only the last in a stage counts: the others mislead who reads them."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each that a later one of the same stage replaces."""
    for stage in build.stages:
        for keyword in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            said = [instruction for instruction in stage.instructions if instruction.keyword == keyword]
            for instruction in said[:-1]:
                yield at(instruction, f"the {keyword} in line {said[-1].line} replaces this one")


CHECK = DockerfileCheck(
    id="instruction-repeated",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does a stage have two of what counts once?",
    remedy="Keep the last one.",
    run=run,
    catches=(
        'CMD ["a"]\nCMD ["b"]',
        "ENTRYPOINT a\nENTRYPOINT b",
        "HEALTHCHECK NONE\nHEALTHCHECK CMD true",
    ),
    passes=(
        "FROM a:1 AS a\nCMD x\nFROM a\nCMD y",
        'ENTRYPOINT ["a"]\nCMD ["b"]',
        "ONBUILD CMD a\nCMD b",
    ),
    aliases=(
        "DL3012",
        "DL4003",
        "DL4004",
        "DS-0007",
        "AVD-DS-0007",
        "DS-0016",
        "AVD-DS-0016",
        "DS-0023",
        "AVD-DS-0023",
        "MultipleInstructionsDisallowed",
    ),
)
