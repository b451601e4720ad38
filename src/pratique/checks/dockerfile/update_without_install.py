"""Lists that are fetched in one layer are old when a later one installs: the cache keeps them for months."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.dockerfile.packages import managers, removes
from pratique.model import Confidence, Severity

_IDLE = frozenset({"", ":", "cat", "chmod", "cp", "echo", "export", "find", "mkdir", "mv", "printf", "rm", "sed", "set", "sleep", "tee", "true"})
"""Programs that install nothing; of any other it cannot be told."""
_TRIVIAL = frozenset({"autoclean", "autoremove", "clean", "check-update"})


def run(build: Build) -> Iterator[Hit]:
    """Object to each RUN that fetches the lists of packages and installs nothing."""
    for stage in build.stages:
        for instruction in stage.runs:
            found = list(managers(instruction))
            fetched = [command for command, manager, word, _ in found if word in manager.refresh and manager.refresh and _fetches(command, word)]
            known = {id(command) for command, *_ in found}
            busy = any(word not in manager.refresh | _TRIVIAL and word not in manager.clean for _, manager, word, _ in found)
            busy = busy or any(id(command) not in known and command.program not in _IDLE for command in instruction.commands())
            if fetched and not busy and not any(removes(instruction, manager.caches) and instruction.all("mount") for _, manager, _, _ in found):
                yield at(fetched[0], f"{fetched[0].program} {fetched[0].subcommand} stands alone: a later install uses lists as old as this layer")


def _fetches(command: Command, word: str) -> bool:
    return command.program in {"apt-get", "apt", "aptitude", "apk", "zypper"} or word == "makecache"


CHECK = DockerfileCheck(
    id="update-without-install",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Are lists of packages fetched in a RUN of their own?",
    remedy="Join the update with the install that needs it.",
    run=run,
    catches=(
        "RUN apt-get update",
        "RUN apt-get update\nRUN apt-get install -y x",
        "RUN apk update",
        "RUN set -eux; apt-get -qq update; rm -rf /x",
    ),
    passes=(
        "RUN apt-get update && apt-get install -y x",
        "RUN apt-get update && ./install.sh",
        "RUN --mount=type=cache,target=/var/lib/apt apt-get update",
        "RUN apt-get update && apt-get -y upgrade",
        "RUN echo apt-get update",
        "RUN yum -y update",
    ),
    aliases=(
        "DS-0017",
        "AVD-DS-0017",
        "CIS-DI-0007",
        "CIS-4.7",
    ),
)
