"""SHELL says which shell runs what follows; a link in the place of /bin/sh changes it for every program of the image."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each ln that makes /bin/sh another shell."""
    for stage in build.stages:
        for instruction in stage.runs:
            for command in instruction.commands():
                if (
                    command.program == "ln"
                    and len(command.operands) > 1
                    and command.operands[-1].text in {"/bin/sh", "/usr/bin/sh"}
                    and command.operands[0].text.rpartition("/")[2] not in {"busybox", "sh"}
                ):
                    yield at(command, f"/bin/sh becomes {command.operands[0].text[:60]} for every program of the image")


CHECK = DockerfileCheck(
    id="shell-replaced",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is /bin/sh replaced?",
    remedy='Write SHELL ["/bin/bash", "-c"].',
    run=run,
    catches=(
        "RUN ln -sf /bin/bash /bin/sh",
        "RUN rm /bin/sh && ln -s bash /bin/sh",
    ),
    passes=(
        'SHELL ["/bin/bash", "-c"]\nRUN x',
        "RUN ln -s /bin/bash /usr/local/bin/b",
        "RUN ln -s /bin/busybox /bin/sh",
        "RUN echo ln -s bash /bin/sh",
    ),
    aliases=("DL4005",),
)
