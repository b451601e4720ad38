"""What comes without TLS and is not verified can be changed by anybody on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import FETCHERS, addresses, reached, verifies
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Severity

_INDEXES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("pip", "pip3", "python", "python3", "uv"), ("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--default-index")),
    **dict.fromkeys(("npm", "yarn", "pnpm"), ("--registry",)),
    "gem": ("--source", "-s"),
}
_LOCAL = re.compile(r"http://(?:localhost|127\.|0\.0\.0\.0|\[::1\]|169\.254\.169\.254|host\.docker\.internal)", re.IGNORECASE)
_VARIABLES = frozenset({"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "NPM_CONFIG_REGISTRY", "GOPROXY", "YARN_REGISTRY"})


def run(build: Build) -> Iterator[Hit]:
    """Object to indexes of Python, Node and Ruby packages without TLS, and to downloads without TLS in a step that verifies nothing.

    Sources of apt, apk, yum and dnf are signed: how they travel matters little.
    """
    for stage in build.stages:
        severity = reached(stage, Severity.MEDIUM)
        for instruction in stage.each("ENV", "ARG"):
            for pair, value in zip(instruction.pairs, stage.words(instruction), strict=False):
                if pair.name.text.upper() in _VARIABLES and _plain(value.text):
                    yield at(pair, f"{pair.name.text}: packages come without TLS", severity)
        for instruction in stage.each("RUN"):
            commands = instruction.commands()
            verified = any(verifies(command) for command in commands)
            for command in commands:
                yield from _judged(command, verified, severity)


def _judged(command: Command, verified: bool, severity: Severity) -> Iterator[Hit]:
    options = _INDEXES.get(command.program)
    if options is not None:
        setting = command.program in {"npm", "yarn", "pnpm", "pip", "pip3", "gem"} and command.subcommand in {"config", "sources", "set"}
        if _plain(command.value(*options) or "") or (setting and any(_plain(text.partition("registry=")[2] or text) for text in command.texts)):
            yield at(command, f"{command.program} takes packages from an address without TLS", severity)
    elif command.program in FETCHERS and not verified:
        word = next((word for word in addresses(command) if _plain(word.text)), None)
        if word is not None:
            yield at(word, f"{command.program} fetches without TLS, and nothing verifies what came", severity)


def _plain(text: str) -> bool:
    return text[:7].lower() == "http://" and _LOCAL.match(text) is None


CHECK = DockerfileCheck(
    id="plain-http",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does something come without TLS and unverified?",
    remedy="Use https://, and verify what came by checksum or signature.",
    run=run,
    catches=(
        "RUN pip install -i http://pypi.example/simple x",
        "RUN npm config set registry http://npm.example/",
        "RUN curl -O http://x.example/x.tgz",
        "ENV PIP_INDEX_URL=http://pypi.example/simple",
        "RUN wget http://x.example/x.tgz && tar xf x.tgz",
        "RUN npm install --registry=http://npm.example/",
    ),
    passes=(
        "RUN pip install -i https://pypi.example/simple x",
        "RUN curl -fs http://localhost:8080/healthz",
        'RUN curl -O http://x.example/x.tgz && echo "$S *x.tgz" | sha256sum -c',
        "HEALTHCHECK CMD curl -f http://x.example/",
        "RUN echo 'deb http://deb.example/debian stable main' > /etc/apt/sources.list",
    ),
)
