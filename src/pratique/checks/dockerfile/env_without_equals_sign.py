"""ENV and LABEL without an equals sign take the whole line as the value; the form is deprecated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.edit import Edit
from pratique.dockerfile.syntax import Span
from pratique.model import Confidence, Persona, Severity

_PLAIN = re.compile(r"[\w./:@%+,-]+\Z")


def run(build: Build) -> Iterator[Hit]:
    """Object to each ENV or LABEL of the old form."""
    for stage in build.stages:
        for instruction in stage.each("ENV", "LABEL"):
            for pair in instruction.pairs:
                if pair.legacy:
                    yield at(pair, f"{instruction.keyword} {pair.name.text[:60]} has no equals sign")


def fix(build: Build) -> Iterator[Edit]:
    """Write the equals sign, where the value is one plain word."""
    for stage in build.stages:
        for instruction in stage.each("ENV", "LABEL"):
            for pair in instruction.pairs:
                if pair.legacy and pair.value is not None and _PLAIN.match(pair.value.raw) and pair.name.span.end.line == pair.value.span.start.line:
                    yield Edit(Span(pair.name.span.end, pair.value.span.start), "=")


CHECK = DockerfileCheck(
    id="env-without-equals-sign",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Is ENV or LABEL written without an equals sign?",
    remedy="Write ENV NAME=value.",
    run=run,
    catches=(
        "ENV A 1",
        "LABEL a some words",
        "ENV PATH /x:$PATH",
    ),
    passes=(
        "ENV A=1 B=2",
        'LABEL a="some words"',
        "ARG A",
    ),
    persona=Persona.PEDANTIC,
    aliases=("LegacyKeyValueFormat",),
    fix=fix,
)
