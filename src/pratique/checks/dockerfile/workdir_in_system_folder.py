"""What an application writes beside the system's own files may replace them."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_EXACT = frozenset(["/bin", "/sbin", "/lib", "/lib64", "/usr", "/usr/bin", "/usr/sbin", "/usr/lib", "/etc", "/var"])
_WITHIN = ("/proc", "/sys", "/dev", "/boot")


def run(build: Build) -> Iterator[Hit]:
    """Object to each WORKDIR that is a folder of the system, or lies in one that the kernel fills. The root itself passes."""
    for stage in build.stages:
        for setting in stage.history.get("WORKDIR", ()):
            path = setting.text.rstrip("/") or "/"
            if setting.known and (path in _EXACT or any(path == folder or path.startswith(f"{folder}/") for folder in _WITHIN)):
                yield at(setting.instruction, f"{path} belongs to the system")


CHECK = DockerfileCheck(
    id="workdir-in-system-folder",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Does the build work in a folder of the system?",
    remedy="Choose a folder of the application's own, such as /app or /srv.",
    run=run,
    catches=(
        "WORKDIR /etc",
        "WORKDIR /usr/bin/",
        "WORKDIR /proc/self/fd/8",
        "WORKDIR /usr\nWORKDIR lib",
    ),
    passes=(
        "WORKDIR /app",
        "WORKDIR /usr/src/app",
        "WORKDIR /etc/nginx",
        "WORKDIR /",
        "WORKDIR /usr/local/bin",
        "WORKDIR /var/www",
    ),
    aliases=(
        "DS-0030",
        "AVD-DS-0030",
    ),
)
