"""Builders compare names of stages in small letters, so nobody should have to ask which is meant."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each name of a stage with capitals."""
    for stage in build.stages:
        word = stage.stage.name_word
        if word is not None and word.text != word.text.lower():
            yield at(word, f"{word.text[:60]} is read as {word.text.lower()[:60]}")


CHECK = DockerfileCheck(
    id="stage-name-casing",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Has a stage's name capitals?",
    remedy="Write it small.",
    run=run,
    catches=(
        "FROM a:1 AS Build",
        "FROM a:1 as BUILD",
    ),
    passes=(
        "FROM a:1 AS build",
        "FROM a:1",
    ),
    persona=Persona.PEDANTIC,
    aliases=("StageNameCasing",),
)
