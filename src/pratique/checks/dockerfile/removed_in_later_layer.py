"""A file that a later layer deletes is still in the one that brought it: whoever pulls the image has it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build, Copy
from pratique.model import Confidence, Severity

_BROAD = frozenset({"/", "", "/tmp", "/etc", "/usr", "/var", "/root", "/home", "/opt", "/app", "/srv"})  # noqa: S108
"""Folders that much else is in, too: names, nothing is opened."""


def run(build: Build) -> Iterator[Hit]:
    """Object to each rm in a stage that is shipped of what an earlier COPY or ADD of that stage put there."""
    for stage in build.shipped:
        brought: dict[str, Copy] = {}
        for copy in stage.copies:
            for path in _placed(copy) - _BROAD:
                brought.setdefault(path, copy)
        for instruction in stage.runs if brought else ():
            for command in instruction.commands():
                for word in command.operands if command.program == "rm" else ():
                    copy_before = brought.get(word.text.rstrip("/*"))
                    if copy_before is not None and copy_before.instruction.span < instruction.span:
                        yield at(word, f"the layer of line {copy_before.instruction.line} still holds it")


def _placed(copy: Copy) -> set[str]:
    """Return the absolute paths that a COPY fills, as far as its words say; mounted files of RUN are none."""
    target = copy.destination
    if not target.known or not target.text.startswith("/"):
        return set()
    if target.text.endswith("/") or len(copy.sources) > 1:
        return {
            posixpath.join(target.text, source.text.rstrip("/").rpartition("/")[2])
            for source in copy.sources
            if source.known and not any(char in source.text for char in "*?[")
        }
    return {target.text.rstrip("/")}


CHECK = DockerfileCheck(
    id="removed-in-later-layer",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is something deleted in another layer than brought it?",
    remedy="Mount it for the step (RUN --mount=type=bind), or take it in an earlier stage.",
    run=run,
    catches=(
        "COPY a.tgz /tmp/\nRUN tar xf /tmp/a.tgz && rm /tmp/a.tgz",
        "COPY secrets /secrets\nRUN use && rm -rf /secrets",
        "ADD https://x.example/a.zip /tmp/a.zip\nRUN rm -f /tmp/a.zip",
    ),
    passes=(
        "COPY a /x\nRUN rm -rf /tmp/*",
        "COPY . /app/\nRUN rm -rf /app/tests",
        "FROM a:1 AS x\nCOPY a /x\nRUN rm /x\nFROM a:1",
        "RUN curl -O x.example/a && rm a",
        "RUN rm /x\nCOPY x /x",
    ),
)
