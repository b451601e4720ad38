"""A whole distribution that is upgraded within an image is another base than the one that FROM names."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.packages import managers
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to dist-upgrade, full-upgrade, distro-sync and their like."""
    for stage in build.stages:
        for instruction in stage.runs:
            for command, manager, word, _ in managers(instruction):
                if word in manager.upgrade:
                    yield at(command, f"{command.program} {word} makes another base of the one that FROM names")


CHECK = DockerfileCheck(
    id="distribution-upgrade",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is the distribution upgraded as a whole?",
    remedy="Take a newer base, and pin it.",
    run=run,
    catches=(
        "RUN apt-get update && apt-get -y dist-upgrade",
        "RUN zypper -n dup",
        "RUN apt full-upgrade -y",
        "RUN zypper dist-upgrade",
    ),
    passes=(
        "RUN apt-get -y upgrade",
        "RUN zypper -n up",
        "RUN echo apt-get dist-upgrade",
        "RUN apk upgrade --no-cache",
    ),
    aliases=(
        "DL3035",
        "DS-0024",
        "AVD-DS-0024",
        "DKL-DI-0003",
    ),
)
