"""A bare name that is no stage of this file is an image or a context given to the builder: who reads it cannot tell which."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build, Source
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each COPY --from of a bare name that is no stage."""
    for stage in build.stages:
        for origin in stage.origins:
            name = origin.reference.text
            if origin.flag is None or origin.flag.name != "from" or origin.source is not Source.IMAGE or not origin.reference.known:
                continue
            if not any(char in name for char in "/:@.") and not name.isdecimal() and name.lower() != stage.name:
                yield at(origin, f"{name[:60]} is no stage of this file")


CHECK = DockerfileCheck(
    id="copy-from-unnamed-stage",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Does COPY --from name no stage?",
    remedy="Name a stage by FROM … AS name, or an image with its tag or digest.",
    run=run,
    catches=(
        "COPY --from=nginx /a /b",
        "FROM debian:12 AS build\nFROM debian:12\nCOPY --from=biuld /a /b",
    ),
    passes=(
        "FROM debian:12 AS build\nFROM debian:12\nCOPY --from=BUILD /a /b\nCOPY --from=0 /a /c",
        "COPY --from=nginx:1.27 /a /b",
        "COPY --from=ghcr.io/x/y /a /b",
        "COPY a b",
        "COPY --from=$X /a /b",
    ),
    persona=Persona.PEDANTIC,
    aliases=("DL3022",),
)
