"""A stage that is fixed to a platform is emulated, or wrong, when the image is built for another."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each FROM whose --platform is a constant, unless the stage's name says the platform."""
    for stage in build.stages:
        flag = stage.stage.platform
        if flag is not None and flag.value and "$" not in flag.value and not any(part in stage.name for part in flag.value.lower().split("/")):
            yield at(flag, f"this stage is always {flag.value}, whatever the image is built for")


CHECK = DockerfileCheck(
    id="platform-fixed",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is a stage fixed to one platform?",
    remedy="Leave --platform out, or write $BUILDPLATFORM for what is built across.",
    run=run,
    catches=(
        "FROM --platform=linux/amd64 debian:12",
        "FROM --platform=linux/arm64 debian:12 AS build",
    ),
    passes=(
        "FROM --platform=$BUILDPLATFORM debian:12",
        "FROM debian:12",
        "FROM --platform=linux/amd64 debian:12 AS build_amd64",
    ),
    persona=Persona.PEDANTIC,
    aliases=(
        "DL3029",
        "FromPlatformFlagConstDisallowed",
    ),
)
