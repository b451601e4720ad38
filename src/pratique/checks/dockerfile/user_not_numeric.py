"""Kubernetes can only tell of a number that it is not root (runAsNonRoot), not of a name."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to a final stage whose last USER is a name; root is for another check."""
    final = build.final
    setting = final.setting("USER") if final is not None else None
    if setting is not None and setting.known:
        name = setting.text.partition(":")[0].strip().strip("\"'")
        if name and not name.isdecimal() and name not in {"root", "ContainerAdministrator", "ContainerUser"} and "\\" not in name:
            yield at(setting.instruction, f"whether {name[:60]} is root can only be told by looking into the image")


CHECK = DockerfileCheck(
    id="user-not-numeric",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Is the last user a name?",
    remedy="Write the number: USER 65532:65532.",
    run=run,
    catches=(
        "USER app",
        "USER app:app",
        "FROM a:1 AS x\nUSER app\nFROM x",
    ),
    passes=(
        "USER 1000",
        "USER app\nUSER 1000:app",
        "ARG U\nUSER $U",
        "USER root",
        "FROM a:1 AS x\nUSER app\nFROM a:1\nUSER 1",
    ),
    persona=Persona.PEDANTIC,
    aliases=("DL3066",),
)
