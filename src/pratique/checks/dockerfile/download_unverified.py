"""HTTPS says who answered, not that the file is the one its makers published."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import FETCHERS, MAX_READERS, output, reached, verifies
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each file that a step saves or unpacks where it verifies nothing; what is only printed or asked is no file."""
    for stage in build.stages:
        for instruction in stage.each("RUN"):
            commands = instruction.commands()
            if any(verifies(command) for command in commands):
                continue
            for command in commands:
                unpacked = any(
                    reader.program in {"tar", "bsdtar", "unzip", "cpio", "gpg", "apt-key", "dd"}
                    for reader in islice(command.downstream(), MAX_READERS)
                )
                if command.program in FETCHERS and (unpacked or output(command) is not None):
                    yield at(command, "a download is kept and never verified", reached(stage, Severity.LOW))


CHECK = DockerfileCheck(
    id="download-unverified",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is a download kept without being verified?",
    remedy="Write its digest beside it and compare: sha256sum -c, gpg --verify, ADD --checksum=sha256:….",
    run=run,
    catches=(
        "RUN curl -fsSL https://x.example/x.tgz | tar xz",
        "RUN wget https://x.example/x.tgz && tar xf x.tgz",
        "RUN curl -o /etc/x https://x.example/x",
    ),
    passes=(
        "RUN curl -fsSLO https://x.example/x.tgz && sha256sum -c x.sum && tar xf x.tgz",
        "RUN curl -fsS https://x.example/version",
        "RUN wget -q --spider https://x.example/",
    ),
    persona=Persona.PEDANTIC,
)
