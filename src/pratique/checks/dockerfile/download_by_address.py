"""A numeric address has no name that anybody answers for, and no certificate that names it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import FETCHERS, WEB, reached, taken
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Severity

_ADDRESS = re.compile(
    r"(?:(?:https?|ftp)://)?(?:[^/@\s]{1,200}@)?(\[[0-9a-fA-F:.]{2,45}\]|\d{1,3}(?:\.\d{1,3}){3}|0x[0-9a-fA-F]{8}|\d{8,10})(?=[:/]|\Z)", re.IGNORECASE
)
_LOCAL = ("127.", "0.", "[::1]", "[::]")


def run(build: Build) -> Iterator[Hit]:
    """Object to what curl, wget and their like, ADD, git and pip take from an address of digits; this machine itself is none."""
    for stage in build.stages:
        severity = reached(stage, Severity.HIGH)
        for instruction in stage.each("ADD"):
            for source in taken(stage, instruction):
                if WEB.match(source.value.text) and _remote(source.value.text):
                    yield at(source, "a file is added from a numeric address", severity)
        for instruction in stage.each("RUN", "CMD", "ENTRYPOINT"):
            for command in instruction.commands():
                if command.program in FETCHERS or command.program in {"git", "pip", "pip3", "npm"}:
                    word = next(
                        (word for word in command.operands if _remote(word.text) and ("://" in word.text or command.program in FETCHERS)), None
                    )
                    if word is not None and not _given(command, word.text):
                        yield at(word, f"{command.program} takes from a numeric address", severity)


def _given(command: Command, text: str) -> bool:
    """Tell whether a word is an option's value: `--max-time 10000000`, `--version 1.2.3.4`."""
    before = next((one.text for one, two in zip(command.arguments, command.arguments[1:], strict=False) if two.text == text), "")
    return before.startswith("-") and "://" not in text


def _remote(text: str) -> bool:
    found = _ADDRESS.match(text)
    return found is not None and not found[1].startswith(_LOCAL)


CHECK = DockerfileCheck(
    id="download-by-address",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is something taken from a numeric address?",
    remedy="Name the server, use https://, and verify what came.",
    run=run,
    catches=(
        "RUN curl http://203.0.113.7/x -o /x",
        "RUN wget 198.51.100.3/x.sh",
        "ADD http://203.0.113.7:8000/x /x",
        "RUN curl https://[2001:db8::1]/x | tar x",
        "RUN git clone http://203.0.113.7/x.git",
    ),
    passes=(
        "RUN curl http://127.0.0.1:8080/x",
        "RUN curl https://x.example/203.0.113.7",
        "RUN curl -fsSL https://x.example/v1.2.3.4/x.tgz -o x",
        "RUN echo 203.0.113.7 > /etc/x",
        "RUN curl --connect-timeout 10000000 https://x.example/",
    ),
)
