"""A comment that silences a check is a decision: whoever reviews wants to see every one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Persona, Severity

_IGNORE = re.compile(r"(?:hadolint|pratique)\s+(?:global\s+)?ignore\s*=")


def run(build: Build) -> Iterator[Hit]:
    """Object to each comment that silences checks, and to `# check=skip=…`."""
    for comment in build.dockerfile.comments:
        if _IGNORE.match(comment.text):
            yield at(comment, "this comment silences checks")
    directive = build.dockerfile.directive("check")
    if directive is not None and "skip=" in directive.value:
        yield at(directive, "this directive silences checks")


CHECK = DockerfileCheck(
    id="inline-ignore",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Does a comment silence a check?",
    remedy="Mend what it hides, or say in the comment why it may stay.",
    run=run,
    catches=(
        "# hadolint ignore=DL3008\nRUN true",
        "# pratique global ignore=pipe-to-shell\nFROM debian:12",
        "# check=skip=JSONArgsRecommended\nFROM debian:12",
    ),
    passes=(
        "# hadolint is nice\nRUN true",
        "# ignore=DL3008\nRUN true",
        "# check=error=true\nFROM debian:12",
        "RUN echo '# hadolint ignore=x'",
    ),
    persona=Persona.AUDITOR,
    aliases=("DL1001",),
)
