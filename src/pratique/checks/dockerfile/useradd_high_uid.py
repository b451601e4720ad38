"""useradd writes logs with a place for every number below the account's: an image of gigabytes for one high number."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

MANY = 99_999
"""Up to here the files stay small."""


def run(build: Build) -> Iterator[Hit]:
    """Object to each useradd of a high number that keeps these logs."""
    for stage in build.stages:
        for instruction in stage.runs:
            for command in instruction.commands():
                number = command.value("-u", "--uid") or ""
                if (
                    command.program == "useradd"
                    and not command.has("-l", "--no-log-init")
                    and number.isascii()
                    and number.isdecimal()
                    and int(number[:20]) > MANY
                ):
                    yield at(command, f"useradd makes place in its logs for {number} accounts")


CHECK = DockerfileCheck(
    id="useradd-high-uid",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Does useradd fill the image with empty logs?",
    remedy="Add --no-log-init.",
    run=run,
    catches=(
        "RUN useradd -u 123456 app",
        "RUN useradd --uid=1000000 -m app",
    ),
    passes=(
        "RUN useradd -l -u 123456 app",
        "RUN useradd -u 1000 app",
        "RUN useradd -lmu 123456 app",
        "RUN useradd -u $ID app",
    ),
    aliases=("DL3046",),
)
