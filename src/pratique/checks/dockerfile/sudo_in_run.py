"""A build is root unless USER says otherwise: sudo adds a way to root that the container then has too."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each command that is run by sudo while the image is built."""
    for stage in build.stages:
        for instruction in stage.runs:
            for command in instruction.commands():
                if "sudo" in command.via:
                    yield at(command, f"{command.program or 'a command'} is run by sudo")


CHECK = DockerfileCheck(
    id="sudo-in-run",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Does the build use sudo?",
    remedy="Write USER root before the step and the other account after it.",
    run=run,
    catches=(
        "RUN sudo apt-get update",
        "RUN true && sudo -u app make",
        "RUN /usr/bin/sudo -E env A=1 make",
        'RUN ["sudo", "make"]',
    ),
    passes=(
        "RUN echo sudo make",
        "RUN apt-get install -y sudo",
        "RUN command -v sudo",
        "USER app\nRUN make",
    ),
    aliases=(
        "DL3004",
        "DS-0010",
        "AVD-DS-0010",
        "DKL-DI-0001",
    ),
)
