"""tcp and udp are written small everywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.edit import Edit
from pratique.dockerfile.syntax import Word
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each protocol with capitals."""
    for word in _shouted(build):
        yield at(word, f"{word.raw} is written in capitals")


def fix(build: Build) -> Iterator[Edit]:
    """Write it small."""
    for word in _shouted(build):
        yield Edit(word.span, word.raw.lower())


def _shouted(build: Build) -> Iterator[Word]:
    for instruction in build.dockerfile.each("EXPOSE"):
        yield from (word for word in instruction.arguments if re.fullmatch(r"[\d-]+/(?=[a-z]*[A-Z])[A-Za-z]+", word.raw))


CHECK = DockerfileCheck(
    id="expose-protocol-casing",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Is a port's protocol written in capitals?",
    remedy="Write 53/udp.",
    run=run,
    catches=(
        "EXPOSE 53/UDP",
        "EXPOSE 80/tcp 81/Tcp",
    ),
    passes=(
        "EXPOSE 53/udp",
        "EXPOSE 80",
        "EXPOSE 80/$PROTO",
    ),
    persona=Persona.PEDANTIC,
    aliases=("ExposeProtoCasing",),
    fix=fix,
)
