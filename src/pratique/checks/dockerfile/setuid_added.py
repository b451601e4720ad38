"""A setuid program runs with its owner's rights, whoever starts it: one fault in it makes anybody root."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import kept
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.dockerfile.syntax import Word
from pratique.model import Confidence, Severity

_MODE = re.compile(r"0?[2-7][0-7]{3}\Z|(?:[ugoa]*[+=][rwxXt]*s[rwxXst]*)(?:,\S{0,100})?\Z|[ugoa,+=rwxX]{0,50},[ug]*[+=][rwx]*s[rwx]*\Z")
_SETUID = re.compile(r"0?([2-7])[0-7]{3}\Z")


def run(build: Build) -> Iterator[Hit]:
    """Object to modes with setuid, or setgid on a program: of chmod, install, and --chmod of COPY and ADD. Sticky alone is none."""
    for stage in build.stages:
        severity = kept(stage, Severity.HIGH)
        for instruction in stage.each("COPY", "ADD"):
            flag = instruction.flag("chmod")
            if flag is not None and _sets(flag.value or ""):
                yield at(flag, f"files become setuid or setgid: {flag.value}", severity)
        for instruction in stage.each("RUN"):
            for command in instruction.commands():
                mode = _mode(command)
                if mode is not None and _sets(mode.text):
                    yield at(mode, f"a file becomes setuid or setgid: {command.program} {mode.text}", severity)


def _mode(command: Command) -> Word | None:
    if command.program == "chmod":
        return next((word for word in command.arguments if not word.text.startswith("-")), None)
    if command.program == "install" and not command.has("-d", "--directory"):
        value = command.value("-m", "--mode")
        return next((word for word in command.arguments if value and word.text.endswith(value)), None)
    return None


def _sets(mode: str) -> bool:
    number = _SETUID.match(mode)
    if number is not None:
        return bool(int(number[1]) & 4) or mode.lstrip("0") in {"2755", "2711", "2555", "2111"}
    return len(mode) < 64 and _MODE.match(mode) is not None and "s" in mode and not mode.startswith("g")


CHECK = DockerfileCheck(
    id="setuid-added",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is a file made setuid or setgid?",
    remedy="Give the one capability that is needed to the container at run time, or let a service do the privileged step.",
    run=run,
    catches=(
        "RUN chmod 4755 /usr/bin/x",
        "RUN chmod u+s /usr/bin/x",
        "RUN install -m 4755 x /usr/bin/x",
        "COPY --chmod=4755 x /usr/bin/x",
        "RUN chmod 06755 /x",
        "RUN chmod ug+s /x",
        "RUN chmod 2755 /usr/bin/x",
    ),
    passes=(
        "RUN chmod 1777 /tmp/x",
        "RUN chmod 0755 /usr/bin/x",
        "RUN chmod u-s /usr/bin/x",
        "RUN chmod g+s /var/lib/x",
        "RUN find / -perm -4000 -exec chmod u-s {} +",
        "RUN chmod 2775 /srv/x",
        "RUN chmod 3777 /var/run/x",
    ),
)
