"""Files taken from an image that is named by a tag are whatever its publisher pushes under that name."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import reached
from pratique.dockerfile.build import Build, Source
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to COPY --from and RUN --mount=from= of an image without digest; one without tag is for another check too."""
    for stage in build.stages:
        for origin in stage.origins:
            if (
                origin.source is Source.IMAGE
                and origin.reference.known
                and "@" not in origin.reference.text
                and not origin.reference.text.isdecimal()
            ):
                yield at(origin, f"files come from {origin.reference.text[:100]}, which may be another image tomorrow", reached(stage, Severity.LOW))


CHECK = DockerfileCheck(
    id="foreign-image-unpinned",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Are files taken from an image without digest?",
    remedy="Name the digest: COPY --from=name:tag@sha256:….",
    run=run,
    catches=(
        "COPY --from=x.example/tools:1 /t /t",
        "RUN --mount=type=bind,from=x/y:2,target=/y cp /y/z /z",
        "COPY --from=nginx /a /b",
    ),
    passes=(
        "FROM debian:12 AS b\nFROM debian:12\nCOPY --from=b /a /b",
        "FROM debian:12\nFROM debian:12\nCOPY --from=0 /a /b",
        "RUN --mount=type=cache,target=/c true",
        "COPY --from=x/y:1@sha256:0000000000000000000000000000000000000000000000000000000000000000 /a /b",
    ),
)
