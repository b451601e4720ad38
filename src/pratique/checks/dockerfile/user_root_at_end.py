"""The last USER of the final stage is who the process will be."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def is_root(user: str) -> bool:
    """Tell whether a USER's value is root: by name or by any way to write 0, with or without group."""
    name = user.partition(":")[0].strip()
    return name in {"root", "ContainerAdministrator"} or (name.isascii() and name.isdecimal() and int(name[:20]) == 0)


def run(build: Build) -> Iterator[Hit]:
    """Object to a final stage whose last USER, its own or inherited from another stage, is root; none at all is for another check."""
    final = build.final
    setting = final.setting("USER") if final is not None else None
    if final is not None and setting is not None and setting.known and is_root(setting.text):
        own = setting.instruction.stage == final.index
        yield at(setting.instruction, f"the image runs as root: its last USER is {setting.text}{'' if own else ', from the stage it stands on'}")


CHECK = DockerfileCheck(
    id="user-root-at-end",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is the last user root?",
    remedy="End the final stage with USER and an unprivileged account, best a number such as 65532.",
    run=run,
    catches=(
        "USER root",
        "USER app\nUSER 0:0",
        "USER 00",
        "ARG WHO=root\nUSER $WHO",
        "FROM debian:12 AS base\nUSER root\nFROM base\nCMD true",
    ),
    passes=("USER root\nRUN true\nUSER 65532", "FROM debian:12 AS build\nUSER root\nFROM scratch\nUSER 1000", "ARG WHO\nUSER $WHO", "USER rooted"),
    aliases=("DL3002", "DS-0002", "AVD-DS-0002", "CIS-DI-0001", "CIS-4.1"),
)
