"""Each RUN is a layer: what one downloads and the next deletes is shipped all the same."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.syntax import Instruction
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each RUN that follows another with the same flags in a stage that is shipped."""
    for stage in build.shipped:
        before: Instruction | None = None
        for instruction in stage.instructions:
            if instruction.keyword == "RUN" and before is not None and before.keyword == "RUN" and _flags(before) == _flags(instruction):
                yield at(instruction, f"this could be part of the RUN in line {before.line}")
            before = instruction


def _flags(instruction: Instruction) -> list[tuple[str, str | None]]:
    return [(flag.name, flag.value) for flag in instruction.flags]


CHECK = DockerfileCheck(
    id="consecutive-runs",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Do two RUN instructions stand side by side?",
    remedy="Join them by && or a heredoc, where they change together.",
    run=run,
    catches=(
        "RUN a\nRUN b",
        "RUN a\n# why\nRUN b",
    ),
    passes=(
        "RUN a\nCOPY b /c\nRUN d",
        "RUN --mount=type=cache,target=/x a\nRUN b",
        "FROM a:1 AS x\nRUN a\nRUN b\nFROM a:1",
    ),
    persona=Persona.PEDANTIC,
    aliases=("DL3059",),
)
