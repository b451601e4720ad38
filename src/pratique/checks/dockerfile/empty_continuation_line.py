"""An empty line within an instruction will be an error: today it is skipped, and hides where the instruction ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.edit import Edit
from pratique.dockerfile.syntax import Position, Span
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each instruction with empty lines between its own."""
    for instruction in build.dockerfile.instructions:
        if instruction.blanks:
            line = instruction.blanks[0]
            yield at(_Line(Span(Position(line, 1), Position(line, 1))), f"an empty line within {instruction.keyword}")


def fix(build: Build) -> Iterator[Edit]:
    """Leave the empty lines out."""
    for instruction in build.dockerfile.instructions:
        for line in instruction.blanks:
            if line < len(build.dockerfile.lines):
                yield Edit(Span(Position(line, 1), Position(line + 1, 1)), "")


class _Line(NamedTuple):
    span: Span


CHECK = DockerfileCheck(
    id="empty-continuation-line",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Has an instruction an empty line within?",
    remedy="Leave it out, or write a comment there.",
    run=run,
    catches=(
        "RUN a && \\\n\n    b",
        "RUN a \\\n  # why\n\n  b",
    ),
    passes=(
        "RUN a && \\\n    b",
        "RUN a\n\nRUN b",
        "RUN <<EOF\na\n\nb\nEOF",
        "RUN a \\\n  # why\n  b",
    ),
    aliases=("NoEmptyContinuation",),
    fix=fix,
)
