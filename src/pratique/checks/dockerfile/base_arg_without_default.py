"""Whoever builds without giving the argument gets an image name that is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity

_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")


def run(build: Build) -> Iterator[Hit]:
    """Object to each FROM whose reference is no image as long as the ARGs without default in it are empty."""
    for stage in build.stages:
        word = stage.stage.base
        empty = frozenset(name for match in _VARIABLE.finditer(word.raw) for name in match.groups() if name and _empty(build, name))
        if empty:
            left = _VARIABLE.sub(partial(_replaced, empty), word.raw).strip("\"'")
            if not left or left[-1] in ":@/" or left[0] in ":@/":
                yield at(word, f"without a value for {min(empty)} this is no image")


def _empty(build: Build, name: str) -> bool:
    return name in build.arguments and build.arguments[name].pair.value is None


def _replaced(empty: frozenset[str], match: re.Match[str]) -> str:
    return "" if (match[1] or match[2]) in empty else "x"


CHECK = DockerfileCheck(
    id="base-arg-without-default",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is an image named by an ARG without default?",
    remedy="Give the ARG a default: ARG TAG=12.8-slim.",
    run=run,
    catches=(
        "ARG TAG\nFROM debian:$TAG",
        "ARG BASE\nFROM ${BASE}",
    ),
    passes=(
        "ARG TAG=12\nFROM debian:$TAG",
        "ARG SUFFIX\nFROM debian:12$SUFFIX",
        "ARG TAG\nFROM debian:${TAG:-12}",
    ),
    persona=Persona.PEDANTIC,
    aliases=("InvalidDefaultArgInFrom",),
)
