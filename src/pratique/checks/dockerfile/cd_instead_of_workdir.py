"""WORKDIR says where things happen in a word of its own; a cd within a line is easily overlooked."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to the first cd of each RUN."""
    for stage in build.stages:
        for instruction in stage.runs:
            command = next((command for command in instruction.commands() if command.program in {"cd", "pushd"}), None)
            if command is not None and command.arguments:
                yield at(command, "WORKDIR would say where this runs")


CHECK = DockerfileCheck(
    id="cd-instead-of-workdir",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Does a RUN change the folder by itself?",
    remedy="Write WORKDIR before it.",
    run=run,
    catches=(
        "RUN cd /app && make",
        "RUN true; cd x; make",
        "RUN sh -c 'cd /x && make'",
    ),
    passes=(
        "WORKDIR /app\nRUN make",
        "RUN make -C /app",
        "RUN echo cd /app",
        "ENTRYPOINT cd /app && ./run",
    ),
    persona=Persona.PEDANTIC,
    aliases=(
        "DL3003",
        "DS-0013",
        "AVD-DS-0013",
    ),
)
