"""Who may become root without a password is root."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import kept, written
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_PLAIN = re.compile(r"NOPASSWD\s?:|^[ \t]*permit\s+nopass\b|^[ \t]*Defaults\s+!authenticate", re.MULTILINE)


def run(build: Build) -> Iterator[Hit]:
    """Object to what writes NOPASSWD, `!authenticate` or `permit nopass` into sudoers or doas.conf."""
    for stage in build.stages:
        for text in written(stage):
            if ("sudoers" in text.path or "doas" in text.path) and (found := _PLAIN.search(text.text)):
                yield at(text.place, f"an account may become root: {found[0].strip()} in {text.path[:100]}", kept(stage, Severity.HIGH))
        for instruction in stage.each("RUN"):
            for command in instruction.commands():
                if (
                    command.program == "sed"
                    and any("sudoers" in word for word in command.texts)
                    and any("NOPASSWD" in word for word in command.texts)
                ):
                    yield at(command, "an account may become root without a password", kept(stage, Severity.HIGH))


CHECK = DockerfileCheck(
    id="sudo-without-password",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="May an account become root without a password?",
    remedy="Do what needs root before USER, and ship no sudoers rule.",
    run=run,
    catches=(
        "RUN echo 'app ALL=(ALL) NOPASSWD: ALL' >> /etc/sudoers",
        "RUN echo '%wheel ALL=(ALL) NOPASSWD:ALL' | tee /etc/sudoers.d/app",
        "COPY <<EOF /etc/sudoers.d/app\napp ALL=(ALL) NOPASSWD: ALL\nEOF",
        "RUN echo 'permit nopass app' > /etc/doas.conf",
        "RUN sed -i 's/^%wheel.*/%wheel ALL=(ALL) NOPASSWD: ALL/' /etc/sudoers",
    ),
    passes=(
        "RUN echo NOPASSWD: is bad",
        "RUN echo 'Defaults secure_path=/usr/bin' > /etc/sudoers.d/x",
        "RUN echo 'NOPASSWD: x' > /usr/share/doc/x",
    ),
)
