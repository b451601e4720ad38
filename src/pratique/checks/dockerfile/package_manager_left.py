"""Whoever gets into the container can install tools with the package manager that was left in it."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import steps
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Persona, Severity

_MANAGERS = {"apt-get": "apt", "apt": "apt", "apk": "apk", "yum": "yum", "dnf": "dnf", "microdnf": "microdnf", "zypper": "zypper", "pacman": "pacman"}
_REMOVED = {
    "apt": ("/usr/bin/apt", "apt"),
    "apk": ("/sbin/apk", "apk-tools"),
    "yum": ("/usr/bin/yum", "yum"),
    "dnf": ("/usr/bin/dnf", "dnf"),
    "microdnf": ("/usr/bin/microdnf", "microdnf"),
    "zypper": ("/usr/bin/zypper", "zypper"),
    "pacman": ("/usr/bin/pacman", "pacman"),
}


def run(build: Build) -> Iterator[Hit]:
    """Object once to each package manager that a shipped stage uses, and that none removes."""
    used: dict[str, Command] = {}
    for stage, _, command in steps(build):
        if not stage.shipped:
            continue
        name = _MANAGERS.get(command.program)
        if name is not None:
            used[name] = command
        if command.program in {"rm", "apk", "apt-get", "dpkg", "rpm"} and not command.has("install"):
            for name, marks in _REMOVED.items():
                removes = command.program == "rm" or {"del", "remove", "purge", "--purge", "-e", "-P"} & set(command.texts)
                if removes and any(text.startswith(marks[0]) or text == marks[1] for text in command.texts):
                    used.pop(name, None)
    for name, command in used.items():
        yield at(command, f"{name} is left in the image")


CHECK = DockerfileCheck(
    id="package-manager-left",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is a package manager left in the image?",
    remedy="Copy what is needed into a base without one (scratch, distroless), or remove it in the last step.",
    run=run,
    catches=(
        "RUN apt-get update && apt-get install -y x",
        "RUN apk add --no-cache x",
    ),
    passes=(
        "RUN apk add --no-cache x && apk del apk-tools",
        "FROM debian:12 AS b\nRUN apt-get install -y x\nFROM scratch\nCOPY --from=b /x /x",
        "RUN true",
        "RUN dnf install -y x && rm -rf /usr/bin/dnf",
    ),
    persona=Persona.PEDANTIC,
)
