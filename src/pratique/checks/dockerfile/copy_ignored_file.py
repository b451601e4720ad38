"""A file that .dockerignore keeps from the builder cannot be copied: the build stops, or takes less than is meant."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Folder, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

MAX_PATHS = 500
"""Paths of one file that are looked up; each may mean a look at the whole context, and people copy ten."""


def run(build: Build) -> Iterator[Hit]:
    """Object to each COPY or ADD of a path from the context that .dockerignore excludes."""
    context = build.context
    if context is None or not context.has_ignore:
        return
    seen: dict[str, bool] = {}
    for stage in build.stages:
        for copy in stage.copies:
            for source, word in zip(copy.sources, copy.words, strict=True) if copy.origin is None else ():
                path = posixpath.normpath(source.text.lstrip("/"))
                if not source.known or path in {"", "."} or any(char in path for char in "*?[:"):
                    continue
                if path not in seen and len(seen) < MAX_PATHS:
                    seen[path] = context.ignore.ignores(path) and not any(True for _ in context.taken(path))
                if seen.get(path):
                    yield at(word, f"{path[:80]} is kept out by .dockerignore")


CHECK = DockerfileCheck(
    id="copy-ignored-file",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Is something copied that .dockerignore keeps out?",
    remedy="Take it out of .dockerignore (an exception is !path), or do not copy it.",
    run=run,
    catches=(
        Folder("COPY a.md /x", files=("a.md",), ignore="*.md"),
        Folder("ADD build/x /x", files=("build/x",), ignore="build"),
    ),
    passes=(
        Folder("COPY a.md /x", files=("a.md",)),
        Folder("COPY . /x", files=("a.md",), ignore="*.md"),
        Folder("COPY a.md /x", files=("a.md",), ignore="*.md\n!a.md"),
        Folder("COPY --from=x:1 a.md /x", ignore="*.md"),
        Folder("COPY docs /x", files=("docs/keep",), ignore="docs\n!docs/keep"),
        "COPY a.md /x",
    ),
    aliases=("CopyIgnoredFile",),
)
