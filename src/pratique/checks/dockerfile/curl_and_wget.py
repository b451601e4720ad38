"""Two programs that download are one more than is needed, to ship and to keep up to date."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to the first use of the second of curl and wget in a stage."""
    for stage in build.stages:
        uses = [command for instruction in stage.runs for command in instruction.commands() if command.program in {"curl", "wget"}]
        second = next((command for command in uses if command.program != uses[0].program), None)
        if second is not None:
            yield at(second, f"{uses[0].program} downloads in this stage already")


CHECK = DockerfileCheck(
    id="curl-and-wget",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Are both curl and wget used?",
    remedy="Use one of them.",
    run=run,
    catches=(
        "RUN curl x.example\nRUN wget x.example",
        "RUN wget x.example && curl y.example",
    ),
    passes=(
        "RUN curl x.example && curl y.example",
        "FROM a:1 AS x\nRUN curl x.example\nFROM a:1\nRUN wget x.example",
        "RUN apt-get install -y curl wget",
    ),
    persona=Persona.PEDANTIC,
    aliases=(
        "DL4001",
        "DS-0014",
        "AVD-DS-0014",
    ),
)
