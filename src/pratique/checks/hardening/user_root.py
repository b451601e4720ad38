"""The user of the image's configuration decides who the process is, unless whoever starts it says otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import Hit, ImageCheck
from pratique.model import Confidence, Config, Digests, Image, Inventory, Kind, Platform, Severity

ROOT = frozenset({"root", "0"})


def run(inventory: Inventory) -> Iterator[Hit]:
    """Object to an image whose process starts as root. A plain folder has no user and is not judged."""
    image = inventory.image
    if image.source == "dir" or image.platform.os == "windows":
        return
    user = image.config.user.split(":")[0].strip()
    if not user:
        yield Hit("config:user", "the container runs as root: the image names no user")
    elif user in ROOT or (user.isdecimal() and int(user) == 0):
        yield Hit("config:user", f"the container runs as root: the image's user is {user!r}")


def _image(user: str, source: str = "oci") -> Inventory:
    return Inventory(Image("sample", Digests("sha256:0"), Platform(), (), Config(user=user), source), ())


CHECK = ImageCheck(
    id="user-root",
    kind=Kind.HARDENING,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does the container run as root?",
    remedy="End the Dockerfile's final stage with USER and an unprivileged account, best a number such as 65532.",
    run=run,
    catches=(_image(""), _image("root"), _image("0:0"), _image("00")),
    passes=(_image("app"), _image("65532"), _image("1000:0"), _image("", "dir")),
    aliases=("CIS-DI-0001", "CIS-4.1", "DL3002", "DS-0002", "AVD-DS-0002"),
)
