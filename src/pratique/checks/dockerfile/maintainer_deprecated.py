"""MAINTAINER is deprecated since Docker 1.13: a label says the same, and more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.edit import Edit
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each MAINTAINER."""
    for stage in build.stages:
        for instruction in stage.each("MAINTAINER"):
            yield at(instruction, "builders no longer support MAINTAINER")


def fix(build: Build) -> Iterator[Edit]:
    """Write the label of the OCI image specification, where the name needs no escape."""
    for stage in build.stages:
        for instruction in stage.instructions:
            if (
                instruction.keyword == "MAINTAINER"
                and re.fullmatch(r"[\w .,;:<>()@+/-]+", instruction.text.value)
                and instruction.span.start.line == instruction.span.end.line
            ):
                yield Edit(instruction.span, f'LABEL org.opencontainers.image.authors="{instruction.text.value.strip()}"')


CHECK = DockerfileCheck(
    id="maintainer-deprecated",
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Is the deprecated MAINTAINER used?",
    remedy='Write LABEL org.opencontainers.image.authors="…".',
    run=run,
    catches=(
        "MAINTAINER Jo <jo@x.example>",
        "maintainer jo",
    ),
    passes=(
        "LABEL maintainer=jo",
        "LABEL org.opencontainers.image.authors=jo",
        "RUN echo MAINTAINER jo",
    ),
    aliases=(
        "DL4000",
        "MaintainerDeprecated",
        "DS-0022",
        "AVD-DS-0022",
    ),
    fix=fix,
)
