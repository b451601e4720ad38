"""What everybody may write, any process in the container can replace: a program, a configuration, what root runs next."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import kept
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.dockerfile.syntax import Word
from pratique.model import Confidence, Severity

_NUMBER = re.compile(r"0?([0-7]?)[0-7]{2}([2367])\Z")
_LETTERS = re.compile(r"(?:(?:[ug]*[ao][ugoa]*)[+=]|\+|=)[rxXst]*w")


def run(build: Build) -> Iterator[Hit]:
    """Object to modes that let everybody write: of chmod, install, mkdir and --chmod. With the sticky bit, as of /tmp, it is none."""
    for stage in build.stages:
        severity = kept(stage, Severity.MEDIUM)
        for instruction in stage.each("COPY", "ADD"):
            flag = instruction.flag("chmod")
            if flag is not None and _opens(flag.value or ""):
                yield at(flag, f"everybody may write what is copied: {flag.value}", severity)
        for instruction in stage.each("RUN"):
            for command in instruction.commands():
                mode = _mode(command)
                if mode is not None and _opens(mode.text):
                    everything = command.has("-R", "--recursive") and command.program == "chmod"
                    yield at(mode, f"everybody may write {'all of it' if everything else 'it'}: {command.program} {mode.text}", severity)


def _mode(command: Command) -> Word | None:
    if command.program == "chmod":
        return next((word for word in command.arguments if not word.text.startswith("-")), None)
    if command.program in {"install", "mkdir"}:
        value = command.value("-m", "--mode")
        return next((word for word in command.arguments if value and word.text.endswith(value)), None)
    return None


def _opens(mode: str) -> bool:
    number = _NUMBER.match(mode)
    if number is not None:
        return not (number[1] and int(number[1]) & 1)
    return any(_LETTERS.match(part) for part in mode[:64].split(",")) and "t" not in mode and not mode.startswith(("+", "="))


CHECK = DockerfileCheck(
    id="world-writable",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="May everybody write what is in the image?",
    remedy="Give it to the account that writes it: COPY --chown=…, chmod 755, 750 or 770.",
    run=run,
    catches=(
        "RUN chmod 777 /app",
        "RUN chmod -R 777 /app",
        "RUN chmod a+w /etc/x.conf",
        "RUN chmod -R o+rwX /srv",
        "COPY --chmod=777 x /x",
        "RUN install -m 0666 x /etc/x",
        "RUN mkdir -m 777 /data",
        "RUN chmod ugo+rwx /x",
    ),
    passes=(
        "RUN chmod 1777 /tmp/x",
        "RUN chmod 755 /x",
        "RUN chmod g+w /x",
        "RUN chmod +x /x",
        "RUN chmod u+w,go-w /x",
        "RUN chmod o-w /x",
        "RUN chmod a+rwt /x",
        "RUN chmod 3777 /var/run/x",
    ),
)
