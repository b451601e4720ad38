"""Without .dockerignore everything beside the Dockerfile goes to the builder, and by COPY . into the image."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Folder, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to the first COPY or ADD of the whole context where there is no .dockerignore, or one that ignores nothing."""
    context = build.context
    if context is not None and not context.ignore.patterns:
        for stage in build.stages:
            for copy in stage.copies:
                if copy.origin is None and any(source.text in {".", "./", "/", "*", "./*"} for source in copy.sources):
                    yield at(
                        copy.instruction,
                        f"the whole context is copied and .dockerignore {'keeps nothing out' if context.has_ignore else 'is missing'}",
                    )
                    return


CHECK = DockerfileCheck(
    id="dockerignore-missing",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is the whole context copied without a .dockerignore?",
    remedy="Write a .dockerignore with at least .git, .env and what is built.",
    run=run,
    catches=(
        Folder("COPY . /app", files=("a.py",)),
        Folder("COPY . /app", files=("a.py",), ignore="# nothing\n"),
    ),
    passes=(
        "COPY . /app",
        Folder("COPY a.py /app/", files=("a.py",)),
        Folder("COPY . /app", files=("a.py",), ignore=".git\n"),
    ),
    persona=Persona.PEDANTIC,
)
