"""All values of one ENV see what was set before it: a name that it sets itself is still empty."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_USED = re.compile(r"\$\{?([A-Za-z_]\w*)")


def run(build: Build) -> Iterator[Hit]:
    """Object to each value that uses a name which the same ENV sets and nothing before."""
    for stage in build.stages:
        known: set[str] = set()
        for instruction in stage.each("ENV", "ARG"):
            names = {pair.name.text for pair in instruction.pairs}
            for pair in instruction.pairs if instruction.keyword == "ENV" else ():
                used = set(_USED.findall(pair.value.raw)) if pair.value is not None and pair.value.expands else set()
                for name in sorted((used & names) - known - {pair.name.text}):
                    if stage.parent is None or stage.parent.variable(name) is None:
                        yield at(pair, f"{name} is not set yet where {pair.name.text} uses it: the same ENV sets it")
            known |= names


CHECK = DockerfileCheck(
    id="env-refers-to-itself",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does an ENV use a name that it sets itself?",
    remedy="Write two ENV instructions.",
    run=run,
    catches=(
        "ENV A=/x B=$A/y",
        "ENV A=1 \\\n    B=${A}",
    ),
    passes=(
        "ENV A=/x\nENV B=$A/y",
        "ENV PATH=/x:$PATH",
        "ENV A=1\nENV A=2 B=$A",
        "ENV A=1 B='$A'",
        "ENV A=1 B=\\$A",
    ),
    aliases=("DL3044",),
)
