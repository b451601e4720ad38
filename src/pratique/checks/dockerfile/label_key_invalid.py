"""Keys of labels are small letters, digits, dots and dashes; some beginnings are Docker's own (docs: Docker object labels)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity

_KEY = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*\Z")
_RESERVED = ("com.docker.", "io.docker.", "org.dockerproject.")


def run(build: Build) -> Iterator[Hit]:
    """Object to each key of a label that is formed otherwise or reserved."""
    for stage in build.stages:
        for instruction in stage.each("LABEL"):
            for pair in instruction.pairs:
                key = pair.name.text
                if pair.name.expands:
                    continue
                if key.startswith(_RESERVED):
                    yield at(pair.name, f"keys such as {key[:80]} are Docker's own")
                elif not _KEY.match(key):
                    yield at(pair.name, f"{key[:80]} is no key as labels have them")


CHECK = DockerfileCheck(
    id="label-key-invalid",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Is a label's key not as keys should be?",
    remedy="Write it like org.example.part-of.",
    run=run,
    catches=(
        "LABEL Key=1",
        "LABEL a_b=1",
        "LABEL com.docker.x=1",
        "LABEL a..b=1",
        'LABEL "a b"=1',
    ),
    passes=(
        "LABEL a.b-c=1",
        "LABEL org.opencontainers.image.source=x",
        'LABEL "a.b"=1',
    ),
    persona=Persona.PEDANTIC,
    aliases=("DL3048",),
)
