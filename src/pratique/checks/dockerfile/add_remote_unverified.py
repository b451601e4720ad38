"""ADD fetches an address at build time: without a checksum the image holds whatever the server sent that day."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_WEB = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_GIT = re.compile(r"(?:git@|git://|ssh://|https?://[^#?]*\.git(?:[#?]|\Z))", re.IGNORECASE)
_COMMIT = re.compile(r"[#?&=](?:[0-9a-f]{40}|[0-9a-f]{64})(?:[:&]|\Z)")


def run(build: Build) -> Iterator[Hit]:
    """Object to each ADD of an address without `--checksum`; a Git repository is verified by the commit that it names."""
    for stage in build.stages:
        for copy in stage.copies:
            if copy.instruction.keyword != "ADD" or copy.instruction.flag("checksum") is not None:
                continue
            for source, word in zip(copy.sources, copy.words, strict=True):
                if _GIT.match(source.text):
                    if not _COMMIT.search(source.text):
                        yield at(word, "a Git repository is added at a branch or tag, which may move")
                elif _WEB.match(source.text):
                    yield at(word, "what this address answers is added unverified")


CHECK = DockerfileCheck(
    id="add-remote-unverified",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Is a remote file added without a checksum?",
    remedy="Give ADD the file's digest by --checksum=sha256:…; of a Git repository name the full commit.",
    run=run,
    catches=(
        "ADD https://x.example/a.tar.gz /a/",
        "ARG URL=http://x.example/a\nADD $URL /a",
        "ADD https://github.com/x/y.git#main /src",
        'ADD ["HTTPS://x.example/a", "/b"]',
    ),
    passes=(
        f"ADD --checksum=sha256:{'a' * 64} https://x.example/a.tar.gz /a/",
        f"ADD https://github.com/x/y.git#{'a' * 40} /src",
        "ADD a.tar.gz /a/",
        "RUN echo ADD https://x.example/a /b",
    ),
)
