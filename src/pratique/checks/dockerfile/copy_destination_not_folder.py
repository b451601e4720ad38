"""Several files go into a folder, and a folder is written with a slash at its end: without it the build stops."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.edit import Edit
from pratique.dockerfile.syntax import Form, Span
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each COPY or ADD of several sources to what is written as a file."""
    for stage in build.stages:
        for copy in stage.copies:
            target = copy.destination
            if len(copy.sources) > 1 and target.known and not target.text.endswith(("/", "\\", "/.", "\\.")) and target.text not in {".", ""}:
                yield at(copy.instruction, f"{len(copy.sources)} sources go to {target.text[:80]}, which is no folder without a slash at its end")


def fix(build: Build) -> Iterator[Edit]:
    """Write the slash."""
    for stage in build.stages:
        for copy in stage.copies:
            last = copy.instruction.arguments[-1]
            plain = last.raw == last.text and not last.expands and copy.instruction.form is Form.SHELL and last.text != "." and "\\" not in last.text
            if len(copy.sources) > 1 and plain and copy.destination.text == last.text and not last.text.endswith(("/", "/.")):
                yield Edit(Span(last.span.end, last.span.end), "/")


CHECK = DockerfileCheck(
    id="copy-destination-not-folder",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Are several files copied to what is no folder?",
    remedy="End the destination with a slash.",
    run=run,
    catches=(
        "COPY a b /app",
        "ADD a.tgz b.tgz /app",
        "ARG D=/x\nCOPY a b $D",
    ),
    passes=(
        "COPY a b /app/",
        "COPY a /app",
        "COPY a b .",
        "COPY a b ./",
        "ARG D\nCOPY a b $D",
        'COPY ["a", "b", "c/"]',
        "COPY a b C:\\\\x\\\\",
    ),
    aliases=(
        "DL3021",
        "DS-0011",
        "AVD-DS-0011",
    ),
    fix=fix,
)
