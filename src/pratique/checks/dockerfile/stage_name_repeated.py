"""Of two stages with one name nobody but the builder knows which is meant."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each stage whose name an earlier one has; capitals make no difference."""
    seen: dict[str, int] = {}
    for stage in build.stages:
        if stage.name and stage.name in seen and stage.stage.name_word is not None:
            yield at(stage.stage.name_word, f"the stage in line {seen[stage.name]} has this name already")
        seen.setdefault(stage.name, stage.head.line)


CHECK = DockerfileCheck(
    id="stage-name-repeated",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Do two stages have one name?",
    remedy="Give each its own.",
    run=run,
    catches=(
        "FROM a:1 AS x\nFROM b:1 AS x",
        "FROM a:1 AS x\nFROM b:1 AS X",
    ),
    passes=(
        "FROM a:1 AS x\nFROM b:1 AS y",
        "FROM a:1\nFROM b:1",
    ),
    aliases=(
        "DL3024",
        "DuplicateStageName",
        "DS-0012",
        "AVD-DS-0012",
    ),
)
