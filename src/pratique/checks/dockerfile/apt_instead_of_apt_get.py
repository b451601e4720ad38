"""apt is for people: its options and output may change, and it says so itself."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.dockerfile.edit import Edit
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each use of apt in a RUN."""
    for command in _uses(build):
        yield at(command, "apt warns that it has no stable interface for scripts")


def fix(build: Build) -> Iterator[Edit]:
    """Write apt-get, which takes the same words."""
    for command in _uses(build):
        if (
            command.head is not None
            and command.head.raw == "apt"
            and command.subcommand in {"update", "install", "upgrade", "remove", "purge", "autoremove", "clean"}
        ):
            yield Edit(command.head.span, "apt-get")


def _uses(build: Build) -> Iterator[Command]:
    for stage in build.stages:
        for instruction in stage.runs:
            yield from (command for command in instruction.commands() if command.program == "apt" and command.arguments)


CHECK = DockerfileCheck(
    id="apt-instead-of-apt-get",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Is apt used in a script?",
    remedy="Use apt-get or apt-cache.",
    run=run,
    catches=(
        "RUN apt update",
        "RUN apt-get update && apt install -y x",
    ),
    passes=(
        "RUN apt-get install -y x",
        "RUN echo apt install",
        "RUN rm -rf /etc/apt",
    ),
    persona=Persona.PEDANTIC,
    aliases=("DL3027",),
    fix=fix,
)
