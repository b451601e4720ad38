"""A step with the entitlement security.insecure runs with every capability and without seccomp: it may leave the builder."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import reached
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to RUN --security=insecure, and to device entitlements."""
    for stage in build.stages:
        for instruction in stage.each("RUN"):
            flag = instruction.flag("security")
            if flag is not None and flag.value == "insecure":
                yield at(flag, "this step runs without the builder's sandbox", reached(stage, Severity.HIGH))
            elif (device := instruction.flag("device")) is not None:
                yield at(device, f"this step is given a device of the host: {(device.value or '')[:80]}", reached(stage, Severity.MEDIUM))


CHECK = DockerfileCheck(
    id="run-insecure",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Does a step run without the builder's sandbox?",
    remedy="Do what needs privileges when the container is started, or on the host.",
    run=run,
    catches=(
        "RUN --security=insecure mount -t tmpfs x /x",
        "RUN --device=nvidia.com/gpu=all make test",
        "ONBUILD RUN --security=insecure true",
    ),
    passes=(
        "RUN --security=sandbox true",
        "RUN echo --security=insecure",
        "RUN --network=none true",
    ),
)
