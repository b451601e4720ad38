"""A stage that is called scratch or context hides what the builder means by that word."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each stage of such a name."""
    for stage in build.stages:
        if stage.name in {"scratch", "context"} and stage.stage.name_word is not None:
            yield at(stage.stage.name_word, f"{stage.name} means something else to the builder")


CHECK = DockerfileCheck(
    id="stage-name-reserved",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Has a stage a name that the builder uses itself?",
    remedy="Give it another name.",
    run=run,
    catches=(
        "FROM a:1 AS scratch",
        "FROM a:1 AS Context",
    ),
    passes=(
        "FROM scratch AS x",
        "FROM a:1 AS contexts",
    ),
    aliases=(
        "DL3063",
        "ReservedStageName",
    ),
)
