"""A password that is written here is the same in every container, and readable by whoever pulls the image."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import MAX_READERS, kept, said, written
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Severity

_LOCKED = ("!", "*", "x")


def run(build: Build) -> Iterator[Hit]:
    """Object to passwords that chpasswd, passwd, useradd and usermod are given, to accounts made without one, and to lines of shadow. Never shown."""
    for stage in build.stages:
        severity = kept(stage, Severity.HIGH)
        for instruction in stage.each("RUN"):
            for command in instruction.commands():
                if reason := _judged(command):
                    yield at(command, reason, severity)
        for text in written(stage):
            if text.path == "/etc/shadow" and any(
                line.count(":") > 1 and not line.split(":")[1].startswith(("!", "*")) for line in text.text.splitlines()
            ):
                yield at(text.place, "a password, or none at all, is written into /etc/shadow", severity)


def _judged(command: Command) -> str:
    match command.program:
        case "echo" | "printf" | "cat":
            reader = next(
                (reader for reader in islice(command.downstream(), MAX_READERS) if reader.program in {"chpasswd", "passwd", "smbpasswd"}), None
            )
            text = said(command) or ""
            if reader is not None and (":" in text or reader.program != "chpasswd") and not _from_elsewhere(text):
                return f"a literal password is set ({reader.program})"
        case "chpasswd":
            if any(redirect.body is not None or redirect.operator == "<<<" for redirect in command.redirects):
                return "a literal password is set (chpasswd)"
        case "passwd":
            if command.has("-d", "--delete"):
                return "an account is left without a password (passwd -d)"
        case "useradd" | "usermod":
            value = command.value("-p", "--password")
            if value is not None and not value.startswith(_LOCKED) and not _from_elsewhere(value):
                return f"an account is given a password, or an empty one ({command.program} -p)"
    return ""


def _from_elsewhere(text: str) -> bool:
    """Tell whether the password itself stands elsewhere: in a variable or a file."""
    return "$" in text.partition(":")[2] or (":" not in text and "$" in text)


CHECK = DockerfileCheck(
    id="password-in-build",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is a password set while the image is built?",
    remedy="Leave accounts without a usable password; give secrets to the container at run time.",
    run=run,
    catches=(
        "RUN echo 'root:toor' | chpasswd",
        "RUN passwd -d root",
        "RUN useradd -p '' app",
        "RUN usermod -p hunter2 root",
        "RUN printf 'a\\na\\n' | passwd app",
        "RUN chpasswd <<EOF\nroot:x\nEOF",
        "RUN echo 'root::1:0:::::' > /etc/shadow",
    ),
    passes=(
        "RUN useradd -m app",
        "RUN usermod -p '!' root",
        'RUN --mount=type=secret,id=p echo "root:$(cat /run/secrets/p)" | chpasswd',
        "RUN passwd -l root",
        "RUN echo root:toor",
        "RUN useradd -p '*' app",
    ),
)
