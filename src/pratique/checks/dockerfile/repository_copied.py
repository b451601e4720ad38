"""The repository's history holds every version, also the secret that was removed from the last; its configuration may hold a token."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Folder, Hit, at
from pratique.checks.recipe import taken
from pratique.dockerfile.build import Build, Context
from pratique.model import Confidence, Severity

_FOLDERS = (".git", ".hg", ".svn")
MAX_FILES = 100
"""Such files, those nearest the top first, that are compared with what each COPY takes: the product of both is what a lint costs."""


def run(build: Build) -> Iterator[Hit]:
    """Object to a copy into a shipped stage that takes the repository's own folder from the build context; without a context it cannot be told."""
    context = None
    if build.context is not None:
        found = sorted((file for file in build.context.sent if _folder(file.path)), key=lambda file: file.path.count("/"))
        context = Context(tuple(found[:MAX_FILES]))
    for stage in build.stages:
        if not stage.shipped:
            continue
        for instruction in stage.each("COPY", "ADD"):
            if instruction.flag("from") is not None:
                continue
            for source in taken(stage, instruction):
                text = source.value.text
                if text.strip("./") in {"git", "hg", "svn"} and text.rstrip("/").endswith(_FOLDERS):
                    yield at(source, f"{text[:60]} is copied into the image")
                elif context is not None and source.value.known and (folder := next((_folder(file.path) for file in context.taken(text)), "")):
                    yield at(source, f"what is copied takes {folder}, the history of the repository")


def _folder(path: str) -> str:
    """Return the folder of a repository's own that a file lies in."""
    return next((folder for folder in _FOLDERS if path.startswith(f"{folder}/") or f"/{folder}/" in path), "")


CHECK = DockerfileCheck(
    id="repository-copied",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Is the repository's history copied into the image?",
    remedy="Add .git to .dockerignore, or copy the folders that are needed.",
    run=run,
    catches=(
        Folder("COPY . /app", (".git/config", "main.py")),
        "COPY .git /src/.git",
        Folder("ADD . /app", ("a/.git/HEAD",), "*.md"),
    ),
    passes=(
        Folder("COPY . /app", (".git/config", "main.py"), ".git"),
        "COPY . /app",
        Folder("FROM debian:12 AS b\nCOPY . .\nFROM debian:12\nCOPY --from=b /a /a", (".git/config",)),
        Folder("COPY src /a", (".git/HEAD", "src/a")),
    ),
)
