"""Nobody can answer a question while an image is built: an install that asks fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.dockerfile.packages import installs
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each install that would ask; what a configuration or a piped answer says is seen where it is in this file."""
    for stage in build.stages:
        if any(setting in instruction.text.value for instruction in stage.runs for setting in ("Assume-Yes", "assumeyes=")):
            continue
        for instruction in stage.runs:
            answered = {
                id(reader) for command in instruction.commands() if command.program in {"yes", "echo", "printf"} for reader in command.pipes_to
            }
            for command, manager, _ in installs(instruction):
                if manager.yes and not command.has(*manager.yes) and not _quiet(command) and id(command) not in answered:
                    yield at(command, f"{command.program} asks before it installs, and nobody answers")


def _quiet(command: Command) -> bool:
    """Tell whether apt-get is quiet to the second degree, which answers yes."""
    return command.texts.count("-q") > 1 or any(
        re.fullmatch(r"-[A-Za-z]*q[A-Za-z]*q[A-Za-z]*|-q=\d|.*assume-?yes.*|-\w*=?\$.*", text, re.IGNORECASE) for text in command.texts
    )


CHECK = DockerfileCheck(
    id="install-not-confirmed",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Would an install stop at a question?",
    remedy="Add -y (zypper: -n).",
    run=run,
    catches=(
        "RUN apt-get install curl",
        "RUN yum install x",
        "RUN dnf install x",
        "RUN zypper install x",
        "RUN apt install --no-install-recommends x",
        "RUN microdnf install x",
    ),
    passes=(
        "RUN apt-get install -y x",
        "RUN apt-get -yqq install x",
        "RUN apt-get install -qq x",
        "RUN apt-get -q -q install x",
        "RUN yes | apt-get install x",
        "RUN zypper --non-interactive install x",
        "RUN zypper in -y x",
        "RUN apk add x",
        "RUN apt-get -o APT::Get::Assume-Yes=true install x",
        "RUN dnf --assumeyes install x",
        "RUN microdnf -y install x",
        "RUN apt-get update",
    ),
    aliases=(
        "DL3014",
        "DL3030",
        "DL3034",
        "DL3038",
        "DS-0021",
        "AVD-DS-0021",
    ),
)
