"""What pip and yarn keep for the next install is of no use in an image."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.packages import library, removes
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to an install by pip or yarn in a shipped stage whose cache is neither turned off nor emptied nor mounted."""
    without: set[int] = set()
    for stage in build.shipped:
        off = "PIP_NO_CACHE_DIR" in stage.variables or (stage.parent is not None and stage.parent.index in without)
        if off:
            without.add(stage.index)
        for instruction in stage.runs:
            if removes(instruction, ("/root/.cache", "~/.cache", "/usr/local/share/.cache")) or any(
                "cache" in flag.fields.get("type", "") for flag in instruction.all("mount")
            ):
                continue
            commands = instruction.commands()
            if any(command.program in {"pip", "pip3", "yarn"} and command.subcommand == "cache" for command in commands):
                continue
            for command in commands:
                program, words = library(command)
                texts = [word.text for word in words]
                quiet = off or any(given.name == "PIP_NO_CACHE_DIR" for given in command.assignments) or "--no-cache-dir" in texts
                if program in {"pip", "pip2", "pip3"} and "install" in texts and not quiet:
                    yield at(command, "what pip keeps in its cache stays in the layer")
                elif (
                    program == "yarn"
                    and (not texts or texts[0] in {"install", "add"})
                    and not any(text.startswith("--cache-folder") for text in texts)
                ):
                    yield at(command, "what yarn keeps in its cache stays in the layer")


CHECK = DockerfileCheck(
    id="library-cache-left",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is the cache of pip or yarn left in the image?",
    remedy="pip install --no-cache-dir, yarn cache clean, or --mount=type=cache.",
    run=run,
    catches=(
        "RUN pip install x==1",
        "RUN python -m pip install -r r.txt",
        "RUN yarn install",
        "RUN yarn add x@1",
    ),
    passes=(
        "RUN pip install --no-cache-dir x==1",
        "ENV PIP_NO_CACHE_DIR=1\nRUN pip install x==1",
        "RUN --mount=type=cache,target=/root/.cache/pip pip install x==1",
        "RUN yarn install && yarn cache clean",
        "RUN pip install x==1 && rm -rf ~/.cache",
        "FROM debian:12 AS b\nRUN pip install x\nFROM debian:12",
        "RUN PIP_NO_CACHE_DIR=1 pip install x",
        "RUN pip --version",
        "RUN yarn build",
    ),
    persona=Persona.PEDANTIC,
    aliases=(
        "DL3042",
        "DL3060",
    ),
)
