"""Lists and archives of a package manager that are left in a layer are shipped with every image."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.dockerfile.packages import UPGRADES, Manager, managers, removes
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each RUN of a stage that is shipped which fills the folders of a package manager and neither empties nor mounts them."""
    for stage in build.shipped:
        for instruction in stage.runs:
            found = list(managers(instruction))
            cleaned = {manager.caches for _, manager, word, _ in found if word in manager.clean}
            for command, manager, word, _ in found:
                if manager.caches not in cleaned and _fills(command, manager, word) and not removes(instruction, manager.caches):
                    yield at(command, f"what {command.program} keeps in {manager.caches[0]} stays in the layer")
                    break


def _fills(command: Command, manager: Manager, word: str) -> bool:
    if command.program == "apk":
        return word in {"add", "update", "upgrade"} and not command.has("--no-cache")
    if not manager.clean:
        return word in manager.refresh  # apt: the images of Debian and Ubuntu delete the archives themselves
    return word in manager.install or word in manager.refresh or word in manager.upgrade or word in UPGRADES


CHECK = DockerfileCheck(
    id="package-cache-left",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Are the caches of a package manager left in the image?",
    remedy="Empty them in the same RUN (rm -rf /var/lib/apt/lists/*, dnf clean all, apk --no-cache), or mount them: --mount=type=cache.",
    run=run,
    catches=(
        "RUN apt-get update && apt-get install -y x",
        "RUN apt-get update && apt-get install -y x\nRUN rm -rf /var/lib/apt/lists/*",
        "RUN apk add git",
        "RUN apk update && apk add --no-cache git",
        "RUN yum -y install x",
        "RUN dnf -y upgrade",
        "RUN microdnf install -y x",
        "RUN zypper -n in x",
        "FROM debian:12 AS a\nRUN apt-get update\nFROM a",
        "RUN dnf install -y x && apt-get clean",
    ),
    passes=(
        "RUN apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*",
        "RUN apk add --no-cache git",
        "RUN apk --no-cache add git",
        "RUN --mount=type=cache,target=/var/lib/apt,sharing=locked apt-get update && apt-get install -y x",
        "RUN apk add git && rm -rf /var/cache/apk/*",
        "RUN yum -y install x && yum clean all",
        "RUN microdnf install -y x && microdnf clean all",
        "RUN dnf install -y x && rm -rf /var/cache/dnf",
        "RUN zypper -n in x && zypper clean -a",
        "FROM debian:12 AS a\nRUN apt-get update\nFROM debian:12\nCOPY --from=a /x /x",
        "RUN <<EOF\nset -e\napt-get update\napt-get install -y x\nrm -r /var/lib/apt/lists/*\nEOF",
        "RUN apt-get update && rm -rf /var/lib/{apt,dpkg,cache}/",
        "RUN --mount=type=cache,dst=/var/cache/apk apk add git",
        "RUN find /var/lib/apt/lists -type f -delete; apt-get update",
    ),
    aliases=(
        "DL3009",
        "DL3019",
        "DL3032",
        "DL3036",
        "DL3040",
        "DS-0015",
        "AVD-DS-0015",
        "DS-0019",
        "AVD-DS-0019",
        "DS-0020",
        "AVD-DS-0020",
        "DS-0025",
        "AVD-DS-0025",
        "DS-0027",
        "AVD-DS-0027",
        "DKL-DI-0004",
        "DKL-DI-0005",
    ),
)
