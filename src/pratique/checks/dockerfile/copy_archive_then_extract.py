"""COPY of an archive and its extraction are two layers that hold the same files twice; ADD extracts as it copies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.dockerfile.syntax import Word
from pratique.model import Confidence, Persona, Severity

_ARCHIVE = re.compile(r"\.(?:tar|tar\.(?:gz|bz2|xz|zst|lzma|Z)|tgz|tbz2?|txz|tzst|gz|bz2|xz)\Z")


def run(build: Build) -> Iterator[Hit]:
    """Object to each COPY of a local archive that a later RUN of the stage extracts by tar."""
    for stage in build.stages:
        taken: dict[str, Word] = {}
        for copy in stage.copies:
            if copy.instruction.keyword == "COPY" and copy.origin is None:
                taken |= {
                    value.text.rpartition("/")[2]: word for value, word in zip(copy.sources, copy.words, strict=True) if _ARCHIVE.search(value.text)
                }
        for instruction in stage.runs if taken else ():
            for command in instruction.commands():
                if command.program in {"tar", "bsdtar", "gunzip", "bunzip2", "unxz"} and _extracts(command):
                    for text in command.texts:
                        copied = taken.pop(text.rpartition("/")[2], None)
                        if copied is not None and copied.span < instruction.span:
                            yield at(copied, "this archive is copied and then extracted: ADD does both in one layer")


def _extracts(command: Command) -> bool:
    return "tar" not in command.program or command.has("-x", "--extract", "--get") or "x" in next(iter(command.texts), "").lstrip("-")[:4]


CHECK = DockerfileCheck(
    id="copy-archive-then-extract",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Is an archive copied only to be extracted?",
    remedy="ADD archive.tar.gz /folder/ extracts a local archive.",
    run=run,
    catches=(
        "COPY a.tar.gz /tmp/\nRUN tar xzf /tmp/a.tar.gz",
        "COPY d/a.tgz /a.tgz\nRUN cd / && tar -xf a.tgz",
    ),
    passes=(
        "ADD a.tar.gz /",
        "COPY a.tar.gz /x/",
        "COPY --from=b:1 /a.tar.gz /\nRUN tar xf /a.tar.gz",
        "COPY a.tar.gz /x/\nRUN tar xf b.tar.gz",
        "COPY a.tar /x/\nRUN tar cf /x/a.tar /y",
    ),
    persona=Persona.PEDANTIC,
    aliases=("DL3010",),
)
