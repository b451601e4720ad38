"""An account with the number 0 is root under another name, which nobody looks for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import kept, written
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_LINE = re.compile(r"^([^:\n]{1,64}):[^:\n]*:0+:\d+:", re.MULTILINE)


def run(build: Build) -> Iterator[Hit]:
    """Object to useradd, adduser and usermod with the number 0, and to a line of passwd with it whose name is not root."""
    for stage in build.stages:
        severity = kept(stage, Severity.HIGH)
        for instruction in stage.each("RUN"):
            for command in instruction.commands():
                made = command.program in {"useradd", "adduser", "usermod", "luseradd"} and (command.value("-u", "--uid") or "x").strip("0") == ""
                if made and command.operands and command.operands[-1].text != "root":
                    yield at(command, "an account is given the number 0: it is root under another name", severity)
        for text in written(stage):
            if text.path.endswith("passwd") and any(found[1] != "root" for found in _LINE.finditer(text.text)):
                yield at(text.place, f"an account with the number 0 is written into {text.path[:100]}", severity)


CHECK = DockerfileCheck(
    id="extra-root-account",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is there a second account with the number 0?",
    remedy="Give the account a number of its own, best above 1000.",
    run=run,
    catches=(
        "RUN useradd -o -u 0 backdoor",
        "RUN adduser -u 0 -D x",
        "RUN usermod --uid=0 -o app",
        "RUN echo 'toor:x:0:0::/root:/bin/sh' >> /etc/passwd",
    ),
    passes=(
        "RUN useradd -u 1000 app",
        "RUN adduser -D -u 10001 app",
        "RUN echo 'app:x:10001:10001::/:' >> /etc/passwd",
        "RUN echo 'root:x:0:0:root:/root:/bin/sh' > /etc/passwd",
    ),
)
