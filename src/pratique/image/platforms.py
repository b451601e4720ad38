"""Platforms by the names of GOOS and GOARCH, and which of an index is meant (OCI image-spec `image-index.md`, `platform`). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pratique.errors import InvalidInput
from pratique.model import Platform

_ARCHITECTURES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "i386": "386",
    "i686": "386",
    "armhf": "arm",
    "armv7l": "arm",
    "armv6l": "arm",
}
_VARIANTS = {"armhf": "v7", "armv7l": "v7", "armv6l": "v6"}
_PLAIN = {("arm64", "v8"), ("arm64", "8"), ("amd64", "v1")}
"""Variants that say nothing more than the architecture."""
_WORD = re.compile(r"[a-z0-9][a-z0-9_.-]{0,31}")
_SYSTEMS = ("linux", "windows", "darwin", "freebsd", "wasip1")


def named(os: str, architecture: str, variant: str = "", os_version: str = "") -> Platform:
    """Return a platform by GOARCH's names: `aarch64` is `arm64`, and `v8` of it says nothing."""
    os, architecture, variant = os.lower(), architecture.lower(), variant.lower()
    variant = variant or _VARIANTS.get(architecture, "")
    architecture = _ARCHITECTURES.get(architecture, architecture)
    if (architecture, variant) in _PLAIN:
        variant = ""
    return Platform(os or "linux", architecture, variant, os_version)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A platform that was asked for: what it leaves out, any platform has."""

    platform: Platform

    @classmethod
    def parse(cls, text: str) -> Wanted:
        """Read `linux/arm64`, `linux/arm/v7`, `arm64`. Raises `InvalidInput`."""
        parts = text.lower().split("/")
        if not 1 <= len(parts) <= 3 or not all(_WORD.fullmatch(part) for part in parts):
            raise InvalidInput(f"{text!r} is no platform.", "Write it as linux/amd64 or linux/arm/v7.")
        if len(parts) == 1 and parts[0] not in _SYSTEMS:
            parts = ["linux", *parts]
        return cls(named(parts[0], parts[1] if len(parts) > 1 else "", parts[2] if len(parts) > 2 else ""))

    def fits(self, other: Platform) -> bool:
        """Whether a platform is one of those wanted."""
        mine = self.platform
        if mine.os != other.os or (mine.architecture and mine.architecture != other.architecture):
            return False
        return not mine.variant or mine.variant == other.variant
