"""A program that is downloaded into the search path becomes whatever the server sent that day, and runs with every container."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import FETCHERS, MAX_READERS, output, reached, verifies
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Severity

_FOLDERS = ("/usr/bin", "/usr/local/bin", "/usr/sbin", "/usr/local/sbin", "/bin", "/sbin", "/usr/lib", "/usr/local/lib", "/usr/libexec")


def run(build: Build) -> Iterator[Hit]:
    """Object to a download that goes to a folder of programs, or is made executable, in a step that verifies nothing."""
    for stage in build.stages:
        for instruction in stage.each("RUN"):
            commands = instruction.commands()
            if any(verifies(command) for command in commands):
                continue
            executable = {_name(word.text) for command in commands if _makes_executable(command) for word in command.operands}
            for command in commands:
                if command.program in FETCHERS and (where := _placed(command, executable)):
                    yield at(command, f"a program is downloaded ({where}) and never verified", reached(stage, Severity.MEDIUM))


def _placed(command: Command, executable: set[str]) -> str:
    file = output(command)
    if file is not None:
        return file if file.startswith(tuple(f"{folder}/" for folder in _FOLDERS)) or _name(file) in executable else ""
    for reader in islice(command.downstream(), MAX_READERS):
        if reader.program in {"tar", "bsdtar", "unzip", "cpio"}:
            folder = (reader.value("-C", "--directory", "-d") or "").rstrip("/")
            if folder in _FOLDERS:
                return folder
    return ""


def _makes_executable(command: Command) -> bool:
    return command.program == "chmod" and bool(command.arguments) and any(_EXECUTABLE.match(word.text) for word in command.arguments[:3])


_EXECUTABLE = re.compile(r"[ugoa]*[+=][rwst]*x|0?[0-7]?7[0-7][0-7]\Z|0?[0-7]?5[0-7][0-7]\Z")


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


CHECK = DockerfileCheck(
    id="program-unverified",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Is a program downloaded without being verified?",
    remedy="Write its digest beside it: echo '<digest>  file' | sha256sum -c -; or use ADD --checksum=sha256:….",
    run=run,
    catches=(
        "RUN curl -fsSLo /usr/local/bin/x https://x.example/x && chmod +x /usr/local/bin/x",
        "RUN wget -O /usr/bin/x https://x.example/x",
        "RUN curl -sL https://x.example/x.tgz | tar xz -C /usr/local/bin",
        "RUN wget https://x.example/kubectl && chmod 755 kubectl && mv kubectl /opt/tools/",
    ),
    passes=(
        'RUN curl -fsSLo /usr/local/bin/x https://x.example/x && echo "$SUM  /usr/local/bin/x" | sha256sum -c - && chmod +x /usr/local/bin/x',
        "RUN curl -o /etc/x.conf https://x.example/x.conf",
        "RUN curl -o /usr/bin/m https://x.example/m && curl -o m.sig https://x.example/m.sig && minisign -Vm /usr/bin/m -P $KEY",
        "RUN chmod +x /usr/local/bin/docker-entrypoint.sh",
    ),
)
