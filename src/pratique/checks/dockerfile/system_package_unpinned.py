"""Two builds of one file may install two versions of a package that names none."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.packages import installs
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each install that names a package of the distribution without a version. Files, addresses and what a variable says pass."""
    for stage in build.stages:
        for instruction in stage.runs:
            for command, manager, names in installs(instruction):
                loose = [
                    name.text
                    for name in names
                    if not manager.pin.search(name.text)
                    and not name.text.startswith("@")
                    and "$" not in name.text
                    and name.text[:1] not in {"/", ".", "`"}
                    and "://" not in name.text
                ]
                if loose:
                    yield at(
                        command, f"{command.program} installs {loose[0]}{f' and {len(loose) - 1} more' if len(loose) > 1 else ''} in any version"
                    )


CHECK = DockerfileCheck(
    id="system-package-unpinned",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is a package of the distribution installed without a version?",
    remedy="Name the version (name=version), or pin the base by digest and the packages by a dated snapshot.",
    run=run,
    catches=(
        "RUN apt-get install -y curl",
        "RUN apk add --no-cache git",
        "RUN yum -y install httpd",
        "RUN zypper -n install nginx",
        "RUN dnf install -y a=1 b",
        "RUN microdnf install -y tar",
        "RUN apt-get install -y -t bookworm-backports git",
    ),
    passes=(
        "RUN apt-get install -y curl=7.88.1-10",
        'RUN apk add --no-cache -t .deps git=~2.45 "a>1"',
        "RUN yum -y install httpd-2.24.4",
        "RUN zypper -n in nginx=1.2",
        "RUN apt-get install -y ./x.deb /tmp/y.deb",
        "RUN apt-get install -y $PACKAGES",
        "RUN apt-get update",
        "RUN dnf install -y https://x.example/y.rpm",
    ),
    persona=Persona.PEDANTIC,
    aliases=(
        "DL3008",
        "DL3018",
        "DL3033",
        "DL3037",
        "DL3041",
    ),
)
