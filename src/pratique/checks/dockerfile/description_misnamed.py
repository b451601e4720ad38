"""docker build --call=outline shows the comment above an ARG or a stage if it begins with the name."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.syntax import Instruction
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to the comment right above an ARG before FROM, or above a named stage, that does not begin with the name."""
    for stage in build.stages:
        if stage.name:
            yield from _judged(stage.head, stage.name)
    for instruction in build.dockerfile.arguments:
        for pair in instruction.pairs[:1]:
            yield from _judged(instruction, pair.name.text)


def _judged(instruction: Instruction, name: str) -> Iterator[Hit]:
    above = [comment for comment in instruction.comments if comment.span.start.line == instruction.line - 1]
    if above and above[0].text and not above[0].text.lower().startswith(f"{name.lower()} ") and "=" not in above[0].text:
        yield at(above[0], f"this is no description of {name[:60]}, which it would be if it began with the name")


CHECK = DockerfileCheck(
    id="description-misnamed",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Does a description not begin with the name?",
    remedy="Begin the comment with the name, or leave an empty line after it.",
    run=run,
    catches=(
        "# Builds it all.\nFROM a:1 AS build",
        "# The version\nARG V=1\nFROM a:$V",
    ),
    passes=(
        "# build compiles everything\nFROM a:1 AS build",
        "# Builds it all.\n\nFROM a:1 AS build",
        "# x\nFROM a:1",
        "# syntax=docker/dockerfile:1\nFROM a:1 AS build",
    ),
    persona=Persona.AUDITOR,
    aliases=("InvalidDefinitionDescription",),
)
