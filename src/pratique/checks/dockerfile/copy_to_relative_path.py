"""Without a WORKDIR a relative destination lies wherever the base image ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity

_ABSOLUTE = re.compile(r"[/\\$%]|[A-Za-z]:")


def run(build: Build) -> Iterator[Hit]:
    """Object to each COPY to a relative path before which this file has said no WORKDIR."""
    for stage in build.stages:
        for copy in stage.copies:
            target = copy.destination
            relative = copy.instruction.keyword == "COPY" and target.known and target.text and not _ABSOLUTE.match(target.text)
            if relative and stage.setting("WORKDIR", at=copy.instruction) is None:
                yield at(copy.instruction, f"where {target.text[:80]} lies depends on the base image's own folder")


CHECK = DockerfileCheck(
    id="copy-to-relative-path",
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    asks="Is something copied to a folder that this file does not name?",
    remedy="Write WORKDIR before it, or the whole path.",
    run=run,
    catches=(
        "COPY a b",
        "COPY . .",
    ),
    passes=(
        "WORKDIR /x\nCOPY a b",
        "COPY a /b",
        "FROM a:1 AS x\nWORKDIR /x\nFROM x\nCOPY . .",
        "ARG D\nCOPY a $D",
        "COPY a C:/b",
    ),
    persona=Persona.PEDANTIC,
    aliases=("DL3045",),
)
