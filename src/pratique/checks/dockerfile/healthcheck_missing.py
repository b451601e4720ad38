"""Without a health check an engine takes a process that hangs for one that works; Kubernetes looks at its own probes only."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to a final stage that has none, itself or by a stage it stands on."""
    final = build.final
    if final is not None and final.setting("HEALTHCHECK") is None:
        yield at(final.head, "the image says nothing of how to see whether it works")


CHECK = DockerfileCheck(
    id="healthcheck-missing",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Does the image say how its health is seen?",
    remedy="Write HEALTHCHECK with a command that fails when the service does; HEALTHCHECK NONE where there is no service.",
    run=run,
    catches=(
        'CMD ["a"]',
        "FROM a:1 AS x\nHEALTHCHECK CMD y\nFROM a:1",
    ),
    passes=(
        "HEALTHCHECK CMD true",
        "HEALTHCHECK NONE",
        "FROM a:1 AS x\nHEALTHCHECK CMD y\nFROM x",
    ),
    persona=Persona.PEDANTIC,
    aliases=(
        "DL3057",
        "DS-0026",
        "AVD-DS-0026",
        "CIS-DI-0006",
        "CIS-4.6",
    ),
)
