"""A tag is moved by whoever may push: only a digest names one image."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import reached
from pratique.dockerfile.build import Build, Source
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to a FROM of an image without digest; what is not known is not judged."""
    for stage in build.stages:
        base = stage.base
        if base.source is Source.IMAGE and base.reference.known and base.reference.text and "@" not in base.reference.text:
            yield at(base, f"{base.reference.text[:100]} is named by a tag, which may be moved", reached(stage, Severity.LOW))


CHECK = DockerfileCheck(
    id="base-without-digest",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is the base named without a digest?",
    remedy="Name the digest beside the tag: debian:12.8-slim@sha256:…, and let a bot renew it.",
    run=run,
    catches=(
        "FROM debian:12",
        "ARG V=3\nFROM alpine:$V",
    ),
    passes=(
        "FROM scratch",
        "ARG B\nFROM $B",
        "FROM debian:12@sha256:0000000000000000000000000000000000000000000000000000000000000000 AS a\nFROM a",
    ),
    persona=Persona.PEDANTIC,
)
