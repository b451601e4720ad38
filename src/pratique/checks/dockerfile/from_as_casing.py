"""FROM and AS are one sentence: both in capitals, or both small."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.edit import Edit
from pratique.dockerfile.syntax import Word
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each AS that is not written like its FROM."""
    for word, name in _odd(build):
        yield at(word, f"{word.raw} does not go with {name}")


def fix(build: Build) -> Iterator[Edit]:
    """Write AS like FROM."""
    for word, name in _odd(build):
        yield Edit(word.span, "AS" if name.isupper() else "as")


def _odd(build: Build) -> Iterator[tuple[Word, str]]:
    for stage in build.stages:
        name = stage.head.name.raw
        if stage.stage.name_word is not None and (name.isupper() or name.islower()):
            word = stage.head.arguments[1]
            if word.raw != ("AS" if name.isupper() else "as"):
                yield word, name


CHECK = DockerfileCheck(
    id="from-as-casing",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Are FROM and AS written differently?",
    remedy="Write FROM … AS ….",
    run=run,
    catches=(
        "FROM a:1 as x",
        "from a:1 AS x",
        "FROM a:1 As x",
    ),
    passes=(
        "FROM a:1 AS x",
        "from a:1 as x",
        "FROM a:1",
    ),
    persona=Persona.PEDANTIC,
    aliases=("FromAsCasing",),
    fix=fix,
)
