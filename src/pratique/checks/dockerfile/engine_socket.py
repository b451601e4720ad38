"""Whoever reaches the socket of the container engine is root of the host."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import kept, reached
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_SOCKETS = ("docker.sock", "containerd.sock", "crio.sock", "podman.sock", "dockershim.sock", "buildkitd.sock")


def run(build: Build) -> Iterator[Hit]:
    """Object to an engine's socket in VOLUME, in a mount of RUN, in COPY, and to what makes it accessible."""
    for stage in build.stages:
        for instruction in stage.each("VOLUME", "COPY", "ADD"):
            if any(value.text.rstrip("/").endswith(_SOCKETS) for value in stage.words(instruction)):
                yield at(instruction, f"the engine's socket is named in {instruction.keyword}", kept(stage, Severity.HIGH))
        for instruction in stage.each("RUN"):
            for flag in instruction.all("mount"):
                if any(value.endswith(_SOCKETS) for value in flag.fields.values()):
                    yield at(flag, "the engine's socket is mounted into the build", reached(stage, Severity.HIGH))
            for command in instruction.commands():
                if command.program in {"chmod", "chown", "chgrp", "ln"} and any(text.endswith(_SOCKETS) for text in command.texts):
                    yield at(command, "the engine's socket is made accessible", kept(stage, Severity.HIGH))


CHECK = DockerfileCheck(
    id="engine-socket",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Does the image reach for the container engine's socket?",
    remedy="Give the container a proxy that allows the few calls it needs, at run time.",
    run=run,
    catches=(
        "VOLUME /var/run/docker.sock",
        "RUN --mount=type=bind,from=host,source=/var/run/docker.sock,target=/var/run/docker.sock docker ps",
        'VOLUME ["/run/containerd/containerd.sock"]',
        "RUN chmod 666 /var/run/docker.sock",
    ),
    passes=(
        "VOLUME /var/lib/docker",
        "RUN --mount=type=bind,source=.,target=/src make",
        "COPY docker.socket /lib/systemd/system/",
        "RUN echo /var/run/docker.sock",
    ),
)
