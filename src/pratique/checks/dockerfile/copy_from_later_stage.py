"""A stage can only take from those before it: from itself or a later one the build stops."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build, Source
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each --from and mount that names its own stage, a later one, or a number that no earlier stage has."""
    for stage in build.stages:
        for origin in stage.origins:
            name = origin.reference.text
            if origin.stage is not None and origin.stage > stage.index:
                yield at(origin, f"{name[:60]} is a stage that comes later")
            elif origin.source is Source.IMAGE and stage.name and name.lower() == stage.name:
                yield at(origin, f"{name[:60]} is this stage itself")
            elif origin.source is Source.IMAGE and name.isascii() and name.isdecimal():
                yield at(origin, f"there is no earlier stage {name[:20]}")


CHECK = DockerfileCheck(
    id="copy-from-later-stage",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does a stage take from itself or from a later one?",
    remedy="Name a stage above.",
    run=run,
    catches=(
        "FROM debian:12 AS a\nCOPY --from=a /x /y",
        "COPY --from=0 /x /y",
        "FROM debian:12 AS a\nCOPY --from=b /x /y\nFROM debian:12 AS b",
        "FROM debian:12 AS a\nRUN --mount=type=bind,from=a,target=/x true",
    ),
    passes=(
        "FROM debian:12 AS a\nFROM debian:12\nCOPY --from=a /x /y\nCOPY --from=0 /x /z",
        "COPY --from=debian:12 /x /y",
    ),
    aliases=(
        "DL3023",
        "DS-0006",
        "AVD-DS-0006",
    ),
)
