"""Of a pipe only the last command's failure stops the build."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.prefix import SHELLS
from pratique.model import Confidence, Persona, Severity

_NOT_POSIX = re.compile(r"powershell|pwsh|cmd(?:\.exe)?", re.IGNORECASE)


def run(build: Build) -> Iterator[Hit]:
    """Object to the first pipe of each RUN for which neither SHELL nor the line itself sets pipefail."""
    for stage in build.stages:
        for instruction in stage.runs:
            shell = stage.setting("SHELL", at=instruction)
            if shell is not None and ("pipefail" in shell.text or _NOT_POSIX.search(shell.text)):
                continue
            commands = instruction.commands()
            if any(command.program in {"set", *SHELLS} and any("pipefail" in text for text in command.texts) for command in commands):
                continue
            piped = next(
                (command for command in commands if command.pipes_to and command.program not in {"", "echo", "printf", "yes", "true", ":"}), None
            )
            if piped is not None:
                yield at(piped, f"if {piped.program} fails here, the build goes on")


CHECK = DockerfileCheck(
    id="pipe-without-pipefail",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is the failure of a piped command overlooked?",
    remedy='Write SHELL ["/bin/bash", "-o", "pipefail", "-c"], or set -o pipefail.',
    run=run,
    catches=(
        "RUN wget -O - https://x.example | wc -l > /n",
        'SHELL ["/bin/bash", "-c"]\nRUN a | b',
        "RUN <<EOF\na | b\nEOF",
    ),
    passes=(
        "RUN set -o pipefail && a | b",
        'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN a | b',
        'SHELL ["powershell"]\nRUN a | b',
        "RUN echo x | b",
        "RUN a || b",
        "RUN set -eux -o pipefail; a | b",
        "RUN bash -o pipefail -c 'a | b'",
        "CMD a | b",
    ),
    persona=Persona.PEDANTIC,
    aliases=("DL4006",),
)
