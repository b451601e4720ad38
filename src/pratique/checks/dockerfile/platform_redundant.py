"""A stage is built for the target's platform anyway."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.edit import Edit
from pratique.dockerfile.syntax import Span
from pratique.model import Confidence, Persona, Severity

_TARGET = ("$TARGETPLATFORM", "${TARGETPLATFORM}")


def run(build: Build) -> Iterator[Hit]:
    """Object to each FROM --platform=$TARGETPLATFORM."""
    for stage in build.stages:
        if stage.stage.platform is not None and stage.stage.platform.value in _TARGET:
            yield at(stage.stage.platform, "this is the platform without the flag too")


def fix(build: Build) -> Iterator[Edit]:
    """Leave it out."""
    for stage in build.stages:
        flag = stage.stage.platform
        if flag is not None and flag.value in _TARGET and len(stage.head.flags) == 1 and flag.span.end.line == stage.stage.base.span.start.line:
            yield Edit(Span(flag.span.start, stage.stage.base.span.start), "")


CHECK = DockerfileCheck(
    id="platform-redundant",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Does FROM name the platform that it has anyway?",
    remedy="Leave the flag out.",
    run=run,
    catches=(
        "FROM --platform=$TARGETPLATFORM debian:12",
        "FROM --platform=${TARGETPLATFORM} debian:12 AS x",
    ),
    passes=(
        "FROM --platform=$BUILDPLATFORM debian:12",
        "FROM debian:12",
    ),
    persona=Persona.PEDANTIC,
    aliases=(
        "DL3065",
        "RedundantTargetPlatform",
    ),
    fix=fix,
)
