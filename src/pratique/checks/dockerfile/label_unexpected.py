"""An organisation says in its .hadolint.yaml that an image may have no other labels."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Folder, Hit, at
from pratique.dockerfile.build import Build, Rules
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each label that is not in the schema, where it says that no others may be."""
    for stage in build.stages if build.rules.strict_labels else ():
        for instruction in stage.each("LABEL"):
            for pair in instruction.pairs:
                if not pair.name.expands and pair.name.text not in build.rules.label_schema:
                    yield at(pair.name, f"the label {pair.name.text[:80]} is not in the schema")


CHECK = DockerfileCheck(
    id="label-unexpected",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is there a label that the organisation does not know?",
    remedy="Leave it out, or add it to label-schema.",
    run=run,
    catches=(
        Folder("LABEL a=1", rules=Rules(label_schema={"b": "text"}, strict_labels=True)),
        Folder("LABEL b=1 a=1", rules=Rules(label_schema={"b": "text"}, strict_labels=True)),
    ),
    passes=(
        "LABEL a=1",
        Folder("LABEL a=1", rules=Rules(label_schema={"b": "text"})),
        Folder("LABEL b=1", rules=Rules(label_schema={"b": "text"}, strict_labels=True)),
    ),
    aliases=("DL3050",),
)
