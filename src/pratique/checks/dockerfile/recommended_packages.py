"""apt and zypper also install what a package merely recommends: half an image may come from there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.packages import installs
from pratique.model import Confidence, Persona, Severity

_OFF = re.compile(r"no-install-recommends|Install-Recommends|no-recommends|onlyRequires")


def run(build: Build) -> Iterator[Hit]:
    """Object to each install by apt or zypper that takes recommended packages too."""
    for stage in build.stages:
        runs = [*stage.runs]
        if any(_OFF.search(instruction.text.value) and "apt.conf" in instruction.text.value for instruction in runs):
            continue
        for instruction in runs:
            for command, _, names in installs(instruction):
                if command.program in {"apt-get", "apt", "aptitude", "zypper"} and names and not any(_OFF.search(text) for text in command.texts):
                    yield at(command, f"{command.program} also installs what is only recommended")


CHECK = DockerfileCheck(
    id="recommended-packages",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Are packages installed that are only recommended?",
    remedy="apt-get install --no-install-recommends, zypper install --no-recommends.",
    run=run,
    catches=(
        "RUN apt-get install -y curl",
        "RUN zypper -n install x",
        "RUN apt install -y curl",
    ),
    passes=(
        "RUN apt-get install -y --no-install-recommends curl",
        "RUN apt-get -o APT::Install-Recommends=false install -y x",
        "RUN echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/x\nRUN apt-get install -y x",
        "RUN zypper -n in --no-recommends x",
        "RUN yum -y install x",
    ),
    persona=Persona.PEDANTIC,
    aliases=(
        "DL3015",
        "DS-0029",
        "AVD-DS-0029",
    ),
)
