"""A path under /proc leads into the engine that starts the container: CVE-2019-5736 and CVE-2024-21626 were made of such."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import MAX_TEXT, targets
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Severity

_PROC = re.compile(
    r"/proc/(?:self|thread-self|\d{1,7}|\$\$)/(?:fd|exe|root|cwd|mem|ns)\b|/proc/sys/kernel/core_pattern|/sys/kernel/uevent_helper|/release_agent\b"
)


def run(build: Build) -> Iterator[Hit]:
    """Object to WORKDIR, VOLUME, ENTRYPOINT, CMD and links that lead to a process's descriptors, program or root, and to the kernel's call-backs."""
    for stage in build.stages:
        for instruction in stage.each("WORKDIR", "VOLUME", "COPY", "ADD"):
            if any(_PROC.search(value.text[:MAX_TEXT]) for value in stage.words(instruction)):
                yield at(instruction, f"{instruction.keyword} leads into the engine: {instruction.text.value[:80]}")
        for instruction in stage.each("ENTRYPOINT", "CMD"):
            for command in instruction.commands():
                if command.head is not None and _PROC.search(command.head.text):
                    yield at(command, f"{instruction.keyword} starts the engine itself: {command.head.text[:80]}")
        for instruction in stage.each("RUN"):
            for command in instruction.commands():
                linked = command.program == "ln" and any(_PROC.match(text) for text in command.texts) and not _streams(command)
                if linked or any("core_pattern" in path or "release_agent" in path or "uevent_helper" in path for path in targets(command)):
                    yield at(command, "a link or a call-back leads out of the container")


def _streams(command: Command) -> bool:
    """Tell whether a link is to the three streams of a process: `ln -s /proc/self/fd/1 /var/log/x`, as loggers do."""
    return all(
        text.rstrip("/") in {"/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2"}
        for text in command.texts
        if text.startswith("/proc/")
    )


CHECK = DockerfileCheck(
    id="engine-escape",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    asks="Does a path lead into the container engine?",
    remedy="Use folders of the image; if this file is not yours, do not build it.",
    run=run,
    catches=(
        "WORKDIR /proc/self/fd/8",
        'ENTRYPOINT ["/proc/self/exe"]',
        "RUN ln -s /proc/self/exe /bin/x",
        "ARG F=/proc/self/fd/7\nWORKDIR $F",
        "RUN echo '|/x' > /proc/sys/kernel/core_pattern",
    ),
    passes=(
        "WORKDIR /srv",
        "RUN ln -sf /proc/self/fd/1 /var/log/x.log",
        "RUN cat /proc/self/status",
        "RUN ls /proc/self/exe",
        'ENTRYPOINT ["/init"]',
    ),
)
