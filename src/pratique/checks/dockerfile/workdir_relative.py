"""A relative WORKDIR begins wherever the base image happens to end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_ABSOLUTE = re.compile(r"[/\\$%]|[A-Za-z]:")


def run(build: Build) -> Iterator[Hit]:
    """Object to a relative WORKDIR before which this file, the stages it stands on included, has said no absolute one."""
    for stage in build.stages:
        for instruction in stage.each("WORKDIR"):
            for word in stage.words(instruction)[:1]:
                if word.known and word.text and not _ABSOLUTE.match(word.text) and stage.setting("WORKDIR", at=instruction) is None:
                    yield at(instruction, f"where {word.text} lies depends on the base image's own folder")


CHECK = DockerfileCheck(
    id="workdir-relative",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Is WORKDIR relative to a folder that this file does not name?",
    remedy="Write the whole path: WORKDIR /app.",
    run=run,
    catches=(
        "WORKDIR app",
        "WORKDIR ./app\nWORKDIR /x",
        "ARG D=app\nWORKDIR $D",
        "FROM debian:12 AS a\nWORKDIR app\nFROM a",
    ),
    passes=(
        "WORKDIR /app\nWORKDIR src",
        "WORKDIR C:\\\\app",
        'WORKDIR "/app"',
        "ARG D\nWORKDIR $D",
        "FROM debian:12 AS a\nWORKDIR /x\nFROM a\nWORKDIR y",
    ),
    aliases=(
        "DL3000",
        "WorkdirRelativePath",
        "DS-0009",
        "AVD-DS-0009",
    ),
)
