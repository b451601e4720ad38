"""Each RUN begins in WORKDIR again: a cd at its end changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to a RUN whose last command is a cd."""
    for stage in build.stages:
        for instruction in stage.runs:
            commands = instruction.commands()
            if commands and commands[-1].program == "cd" and commands[-1].arguments and commands[-1].depth == 0 and commands[-1].after != "||":
                yield at(commands[-1], "this cd ends with its RUN: the next instruction begins in WORKDIR again")


CHECK = DockerfileCheck(
    id="cd-without-effect",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does a RUN end by changing the folder?",
    remedy="Write WORKDIR instead.",
    run=run,
    catches=(
        "RUN cd /app\nRUN make",
        "RUN mkdir /x && cd /x",
    ),
    passes=(
        "RUN cd /app && make",
        "RUN (cd /app && make)",
        "RUN echo cd",
        "WORKDIR /app",
    ),
)
