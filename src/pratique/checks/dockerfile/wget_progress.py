"""wget draws its progress line by line into the build's log."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each wget that is neither quiet nor told how to draw."""
    for stage in build.stages:
        for instruction in stage.runs:
            for command in instruction.commands():
                if (
                    command.program == "wget"
                    and command.operands
                    and not command.has("-q", "--quiet", "-nv", "--no-verbose", "--progress", "-o", "--output-file", "-a", "--append-output")
                ):
                    yield at(command, "wget fills the log with its progress")


CHECK = DockerfileCheck(
    id="wget-progress",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Does wget fill the log?",
    remedy="Add --progress=dot:giga or -nv.",
    run=run,
    catches=(
        "RUN wget https://x.example/a",
        "RUN wget -O a https://x.example/a",
    ),
    passes=(
        "RUN wget -q https://x.example/a",
        "RUN wget -qO- https://x.example/a",
        "RUN wget --progress=dot:giga https://x.example/a",
        "RUN wget -nv https://x.example/a",
        "RUN wget --version",
    ),
    persona=Persona.PEDANTIC,
    aliases=("DL3047",),
)
