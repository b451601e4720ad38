"""A volume over the system's own folders takes what the image has there out of its hands."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import kept
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_PATHS = frozenset(
    [
        "/",
        "/bin",
        "/boot",
        "/dev",
        "/etc",
        "/home",
        "/lib",
        "/lib64",
        "/proc",
        "/root",
        "/run",
        "/sbin",
        "/sys",
        "/usr",
        "/usr/bin",
        "/usr/lib",
        "/usr/sbin",
        "/usr/local/bin",
        "/var",
        "/var/run",
        "/etc/ssl",
        "/etc/ssh",
        "/root/.ssh",
        "/etc/passwd",
        "/etc/shadow",
        "/etc/sudoers",
    ]
)


def run(build: Build) -> Iterator[Hit]:
    """Object to VOLUME of the system's folders and of where keys and accounts are."""
    for stage in build.stages:
        for instruction in stage.each("VOLUME"):
            for value, word in zip(stage.words(instruction), instruction.arguments, strict=False):
                path = value.text.rstrip("/") or "/"
                if value.known and (path in _PATHS or path.endswith(("/.ssh", "/.aws", "/.kube", "/.gnupg"))):
                    yield at(word, f"{path} becomes a volume: what lies in it is not the image's any more", kept(stage, Severity.MEDIUM))


CHECK = DockerfileCheck(
    id="sensitive-mount",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Is a folder of the system a volume?",
    remedy="Make a volume of the one folder in which the application keeps data.",
    run=run,
    catches=(
        "VOLUME /etc",
        'VOLUME ["/data", "/root/.ssh"]',
        "VOLUME /proc",
        "ARG D=/usr/bin\nVOLUME $D",
        "VOLUME /",
    ),
    passes=(
        "VOLUME /var/lib/postgresql/data",
        "VOLUME /etc/grafana",
        "VOLUME /data",
        "VOLUME /config /data",
    ),
)
