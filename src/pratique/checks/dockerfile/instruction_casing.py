"""Instructions that are written now in capitals, now small, read as if they differed."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.edit import Edit
from pratique.dockerfile.parse import KEYWORDS
from pratique.dockerfile.syntax import Word
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each instruction that is not written as most of the file's are."""
    for word, _ in _odd(build):
        yield at(word, f"{word.raw[:40]} is not written as the others are")


def fix(build: Build) -> Iterator[Edit]:
    """Write it as most are."""
    for word, small in _odd(build):
        if word.span.start.line == word.span.end.line:
            yield Edit(word.span, word.raw.lower() if small else word.raw.upper())


def _odd(build: Build) -> Iterator[tuple[Word, bool]]:
    names = [instruction.name for instruction in build.dockerfile.instructions if instruction.keyword in KEYWORDS]
    small = sum(name.raw.islower() for name in names) > sum(name.raw.isupper() for name in names)
    for name in names:
        if not (name.raw.islower() if small else name.raw.isupper()):
            yield name, small


CHECK = DockerfileCheck(
    id="instruction-casing",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Are instructions written now in capitals, now small?",
    remedy="Write all of them in capitals.",
    run=run,
    catches=(
        "RUN a\nrun b\nRUN c",
        "Run a",
        "from a:1\nrun b\nCMD c",
    ),
    passes=(
        "RUN a\nCOPY b /c",
        "from a:1\nrun b\ncmd c",
    ),
    persona=Persona.PEDANTIC,
    aliases=("ConsistentInstructionCasing",),
    fix=fix,
)
