"""Every RUN, COPY and ADD is a layer; engines take some hundred, and each is another request when an image is pulled."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity

MANY = 40
"""Layers of one file; well-kept ones have ten."""


def run(build: Build) -> Iterator[Hit]:
    """Object to a final stage that adds more layers than that, those of the stages it stands on included."""
    made = [instruction for stage in build.shipped for instruction in stage.instructions if instruction.keyword in {"RUN", "COPY", "ADD"}]
    if build.final is not None and len(made) > MANY:
        yield at(build.final.head, f"the image gets {len(made)} layers of its own")


CHECK = DockerfileCheck(
    id="too-many-layers",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Does the file make very many layers?",
    remedy="Join steps that change together.",
    run=run,
    catches=(
        "RUN true\n" * 41,
        "FROM a:1 AS x\n" + "COPY a /\n" * 30 + "FROM x\n" + "RUN a\n" * 11,
    ),
    passes=(
        "RUN true\n" * 40,
        "ENV A=1\n" * 60,
        "FROM a:1 AS x\n" + "RUN a\n" * 60 + "FROM a:1\nCOPY --from=x /a /b",
    ),
    persona=Persona.PEDANTIC,
)
