"""A command in shell form is a child of /bin/sh, which hands no signal on: docker stop waits, then kills."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.syntax import Form
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each CMD and ENTRYPOINT in shell form, unless it begins with exec or SHELL is set on purpose."""
    for stage in build.stages:
        for instruction in stage.each("CMD", "ENTRYPOINT"):
            commands = [command for command in instruction.commands() if command.depth == 0]
            replaces = bool(commands) and "exec" in commands[-1].via
            if instruction.form is Form.SHELL and instruction.text.value and not replaces and stage.setting("SHELL", at=instruction) is None:
                yield at(instruction, f"this {instruction.keyword} runs as a child of a shell that hands no signal on")


CHECK = DockerfileCheck(
    id="shell-form-command",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is CMD or ENTRYPOINT in shell form?",
    remedy='Write it as a list: CMD ["program", "argument"].',
    run=run,
    catches=(
        "CMD python app.py",
        "ENTRYPOINT /entrypoint.sh",
        "CMD a && b",
        "ENTRYPOINT ['a']",
    ),
    passes=(
        'CMD ["python", "app.py"]',
        "ENTRYPOINT exec java $OPTS -jar /a.jar",
        'SHELL ["/bin/bash", "-c"]\nCMD a',
        "CMD []",
        "HEALTHCHECK CMD curl -f x",
        "CMD cd /x && exec ./y",
    ),
    aliases=(
        "DL3025",
        "JSONArgsRecommended",
    ),
)
