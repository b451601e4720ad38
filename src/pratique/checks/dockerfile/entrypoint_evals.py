"""A shell that runs its arguments as text runs whatever stands in a variable or an argument of the container."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import kept
from pratique.dockerfile.build import Build
from pratique.dockerfile.prefix import SHELLS
from pratique.model import Confidence, Severity

_WHOLE = re.compile(r"['\"]?\$(?:[@*1-9]|\{[@*1-9]\}|\{?[A-Za-z_][A-Za-z0-9_]*\}?)['\"]?\Z")


def run(build: Build) -> Iterator[Hit]:
    """Object to ENTRYPOINT and CMD in which eval or `sh -c` is given arguments or a variable as the script; `exec "$@"` is none."""
    for stage in build.stages:
        for instruction in stage.each("ENTRYPOINT", "CMD"):
            for command in instruction.commands():
                if command.program == "eval" and any("$" in word.raw for word in command.arguments):
                    yield at(command, "eval runs what the container is given as text", kept(stage, Severity.MEDIUM))
                elif command.program in SHELLS and command.has("-c") and any(_WHOLE.match(text) for text in command.texts[1:2]):
                    yield at(command, f"{command.program} -c runs what the container is given as text", kept(stage, Severity.MEDIUM))


CHECK = DockerfileCheck(
    id="entrypoint-evals",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does the start of the container run its arguments as a script?",
    remedy='Give the arguments on as words: exec "$@"; name the program in ENTRYPOINT as JSON.',
    run=run,
    catches=(
        'ENTRYPOINT ["sh", "-c", "eval $@"]',
        'CMD eval "$COMMAND"',
        'ENTRYPOINT ["/bin/sh", "-c", "$0 && eval \\"$1\\""]',
        'CMD ["bash", "-c", "$COMMAND"]',
    ),
    passes=(
        'ENTRYPOINT ["sh", "-c", "exec app \\"$@\\"", "--"]',
        'CMD ["sh", "-c", "app --port $PORT"]',
        'RUN eval "$(ssh-agent)"',
        'ENTRYPOINT ["/entrypoint.sh"]',
    ),
)
