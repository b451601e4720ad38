"""HEALTHCHECK NONE takes away the health check that the base image has: a service that hangs counts as well."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to HEALTHCHECK NONE as the last word of the image."""
    final = build.final
    setting = final.setting("HEALTHCHECK") if final is not None else None
    if setting is not None and setting.text.strip().upper() == "NONE":
        yield at(setting.instruction, "the base image's health check is turned off")


CHECK = DockerfileCheck(
    id="healthcheck-none",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is the health check turned off?",
    remedy="Ask the service itself: HEALTHCHECK CMD …; or remove the line where the orchestrator asks.",
    run=run,
    catches=(
        "HEALTHCHECK NONE",
        "HEALTHCHECK CMD true\nHEALTHCHECK none",
    ),
    passes=(
        "HEALTHCHECK CMD /healthy",
        "HEALTHCHECK NONE\nHEALTHCHECK CMD /healthy",
        "RUN echo HEALTHCHECK NONE",
    ),
)
