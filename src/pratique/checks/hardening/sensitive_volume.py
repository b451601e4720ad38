"""What a VOLUME names is mounted over when the container starts, and shared with others: not a place for the system itself."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from pratique.checks.check import Hit, ImageCheck
from pratique.model import Confidence, Config, Digests, Image, Inventory, Kind, Platform, Severity

SENSITIVE = frozenset(
    f"/{name}"
    for name in (
        *("", "bin", "boot", "dev", "etc", "home", "lib", "lib64", "proc", "root", "run", "sbin", "sys", "usr", "var"),
        *("usr/bin", "usr/lib", "usr/sbin", "usr/local/bin", "var/run", "var/lib"),
    )
)
BELOW = (
    "/dev/",
    "/proc/",
    "/sys/",
    "/boot/",
    "/root/.ssh",
    "/etc/ssh",
    "/etc/kubernetes",
    "/var/lib/docker",
    "/var/lib/kubelet",
    "/var/lib/containerd",
)


def run(inventory: Inventory) -> Iterator[Hit]:
    """Object to volumes over folders of the system, the kernel or the engine."""
    for volume in inventory.image.config.volumes:
        path = posixpath.normpath(f"/{volume.lstrip('/')}")
        if path in SENSITIVE or path.startswith(BELOW):
            yield Hit(f"config:volumes:{path}", f"the image wants {path} as a volume")


def _image(*volumes: str) -> Inventory:
    return Inventory(Image("sample", Digests("sha256:0"), Platform(), (), Config(volumes=volumes), "oci"), ())


CHECK = ImageCheck(
    id="sensitive-volume",
    kind=Kind.HARDENING,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does the image want folders of the system as volumes?",
    remedy="Name a folder of the application (VOLUME /var/lib/app), or none: who starts the container can mount what it needs.",
    run=run,
    catches=(_image("/etc"), _image("/proc"), _image("//dev/./shm"), _image("/data", "/root/.ssh")),
    passes=(_image(), _image("/data", "/var/lib/postgresql/data", "/home/app/data", "/etcetera")),
    aliases=("DKL-DI-0002",),
)
