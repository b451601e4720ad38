"""A stage that is copied as a whole takes its accounts, package lists and leftovers along, over what is there."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each COPY of another stage's or image's root to the root of what is not empty."""
    for stage in build.stages:
        for copy in stage.copies:
            if (
                copy.origin is not None
                and copy.destination.text == "/"
                and any(source.text in {"/", "/.", "/*", "."} for source in copy.sources)
                and not stage.scratch
            ):
                yield at(copy.instruction, f"everything of {copy.origin.reference} is laid over what is there")


CHECK = DockerfileCheck(
    id="copy-whole-file-system",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is a whole file system copied over another?",
    remedy="Copy what is needed; an image that only squashes another begins FROM scratch.",
    run=run,
    catches=(
        "FROM a:1 AS x\nFROM b:1\nCOPY --from=x / /",
        "COPY --from=x:1 / /",
    ),
    passes=(
        "FROM a:1 AS x\nFROM scratch\nCOPY --from=x / /",
        "COPY --from=x:1 /usr/bin/y /",
        "COPY . /",
        "COPY --from=x:1 / /rootfs",
    ),
    persona=Persona.PEDANTIC,
    aliases=("DL3067",),
)
