"""A step in the network of the host reaches what listens only there: metadata services, databases, the engine."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import reached
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to RUN --network=host."""
    for stage in build.stages:
        for instruction in stage.each("RUN"):
            flag = instruction.flag("network")
            if flag is not None and flag.value == "host":
                yield at(flag, "this step runs in the network of the host", reached(stage, Severity.MEDIUM))


CHECK = DockerfileCheck(
    id="run-host-network",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does a step run in the network of the host?",
    remedy="Leave the network to the builder, or take it away: --network=none.",
    run=run,
    catches=(
        "RUN --network=host curl -O https://x.example/x",
        "RUN --network=host --mount=type=cache,target=/c make",
    ),
    passes=(
        "RUN --network=none make",
        "RUN --network=default make",
        "RUN docker run --network=host x",
    ),
)
