"""Some programs do nothing useful while an image is built: there is no terminal, no init and no other process."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity

_USELESS = frozenset({"free", "ifconfig", "kill", "killall", "mount", "nano", "ps", "reboot", "service", "shutdown", "ssh", "top", "vi", "vim"})


def run(build: Build) -> Iterator[Hit]:
    """Object to each such program in a RUN."""
    for stage in build.stages:
        for instruction in stage.runs:
            for command in instruction.commands():
                if command.program in _USELESS:
                    yield at(command, f"{command.program} does nothing that stays in an image")


CHECK = DockerfileCheck(
    id="useless-command",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Does a RUN call a program that makes no sense in a build?",
    remedy="Leave it out; what must run at start belongs to CMD or ENTRYPOINT.",
    run=run,
    catches=(
        "RUN service nginx start",
        "RUN apt-get update && top -b -n1",
        "RUN sudo mount /x",
        "RUN <<EOF\nps aux\nEOF",
    ),
    passes=(
        "RUN echo service nginx start",
        "RUN --mount=type=cache,target=/x true",
        "CMD service nginx start",
        "RUN apt-get install -y vim",
    ),
    persona=Persona.PEDANTIC,
    aliases=("DL3001",),
)
