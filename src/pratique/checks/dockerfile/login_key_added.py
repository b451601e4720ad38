"""A key in the image lets its owner into every container that runs it."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import kept, targets
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to what puts public keys into an account's authorized_keys."""
    for stage in build.stages:
        for instruction in stage.each("COPY", "ADD"):
            words = stage.words(instruction)
            if words and any(value.text.rstrip("/").endswith(("authorized_keys", "authorized_keys2")) for value in words):
                yield at(instruction, "keys that may log in are copied into the image", kept(stage, Severity.HIGH))
        for instruction in stage.each("RUN"):
            for command in instruction.commands():
                copied = command.program in {"cp", "mv", "install"} and command.operands and command.operands[-1].text.endswith("authorized_keys")
                if copied or any(path.endswith("authorized_keys") for path in targets(command)):
                    yield at(command, "a key that may log in is added to the image", kept(stage, Severity.HIGH))


CHECK = DockerfileCheck(
    id="login-key-added",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is a key that may log in added to the image?",
    remedy="Ship no authorized_keys; use the engine's exec.",
    run=run,
    catches=(
        "COPY id.pub /root/.ssh/authorized_keys",
        "RUN echo 'ssh-ed25519 AAAA x' >> /root/.ssh/authorized_keys",
        "RUN cat key.pub >> ~/.ssh/authorized_keys",
        "RUN curl https://x.example/k | tee /root/.ssh/authorized_keys",
    ),
    passes=(
        "RUN ssh-keyscan github.example >> /root/.ssh/known_hosts",
        "RUN rm -f /root/.ssh/authorized_keys",
        "COPY docs /docs",
    ),
)
