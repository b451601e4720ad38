"""A container has one process and one user: sudo in it is a setuid program that leads to root."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import installs, kept, package, steps
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to sudo, doas and su programs among what is installed in a stage that is shipped; elsewhere it is noted."""
    for stage, _, command in steps(build):
        if stage.shipped or stage.used:
            for word in installs(command):
                if package(word) in {"sudo", "sudo-ldap", "doas", "opendoas", "sudo-rs"}:
                    yield at(word, f"{package(word)} is installed", kept(stage, Severity.MEDIUM))


CHECK = DockerfileCheck(
    id="sudo-installed",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Is sudo installed in the image?",
    remedy="Do what needs root before USER; to change the user at the start use setpriv, gosu or su-exec.",
    run=run,
    catches=(
        "RUN apt-get update && apt-get install -y sudo curl",
        "RUN apk add --no-cache doas",
        "RUN dnf -y install sudo",
        "RUN microdnf install sudo",
    ),
    passes=(
        "RUN apt-get install -y gosu",
        "RUN apt-get remove -y sudo",
        "RUN echo apt-get install sudo",
        "FROM debian:12 AS a\nRUN apt-get install -y sudo\nFROM scratch\nCMD true",
    ),
)
