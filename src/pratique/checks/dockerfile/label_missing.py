"""An organisation says in its .hadolint.yaml which labels an image must have."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Folder, Hit, at
from pratique.dockerfile.build import Build, Rules
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each label of the schema that the final stage, with what it stands on, does not set."""
    final = build.final
    if final is not None and build.rules.label_schema:
        said = {pair.name.text for stage in final.lineage() for instruction in stage.each("LABEL") for pair in instruction.pairs}
        for key in build.rules.label_schema:
            if key not in said:
                yield at(final.head, f"the label {key} is missing")


CHECK = DockerfileCheck(
    id="label-missing",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is a label missing that the organisation asks for?",
    remedy="Set it by LABEL in the final stage.",
    run=run,
    catches=(
        Folder("LABEL a=1", rules=Rules(label_schema={"b": "text"})),
        Folder("FROM a:1 AS x\nLABEL b=1\nFROM a:1", rules=Rules(label_schema={"b": "text"})),
    ),
    passes=(
        "LABEL a=1",
        Folder("LABEL b=1", rules=Rules(label_schema={"b": "text"})),
        Folder("FROM a:1 AS x\nLABEL b=1\nFROM x", rules=Rules(label_schema={"b": "text"})),
    ),
    aliases=("DL3049",),
)
