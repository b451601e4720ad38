"""The digests of what a package could have brought, by the algorithm that its database declares.

Databases declare MD5 (dpkg), SHA-1 (apk) or SHA-256 (rpm, wheels), and stand in a layer behind the files they speak of. All three of every
file would cost more than the whole pass. So one is chosen by the layer's own bytes alone (the law of locality): until a member tells of which
family the layer is, all three; from there on, the family's; where a member of another family follows, all three again, for a planted
`etc/apk` must not turn MD5 off. What is installed beside the distribution (`site-packages`) is declared in SHA-256.

Why it is done so: docs/adr/0007-declared-digests-in-the-pass.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Protocol

import msgspec

MAX_HELD = 64 << 20
"""Bytes of paths and digests kept of one layer: some 600,000 files in the distribution's folders. A full desktop has half as many."""
EACH = 100
"""Bytes that one entry costs besides its path."""

TABLE = "pass:digests"
"""The role of the one Document of a layer that holds them."""
LENGTHS = {16: ("md5",), 20: ("sha1",), 32: ("sha256",), 52: ("sha1", "sha256"), 48: ("md5", "sha256"), 68: ("md5", "sha1", "sha256")}
"""Algorithms by the length of what is kept: their digests one behind the other."""
SIZES = {"md5": 16, "sha1": 20, "sha256": 32}


class Hash(Protocol):
    """What hashlib makes."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take the next bytes."""
        ...

    def digest(self) -> bytes:
        """Return the digest."""
        ...


Makers = tuple[Callable[[], Hash], ...]
_MD5 = partial(hashlib.md5, usedforsecurity=False)
_SHA1 = partial(hashlib.sha1, usedforsecurity=False)
ALL: Makers = (_MD5, _SHA1, hashlib.sha256)
FAMILIES: Mapping[str, Makers] = {"deb": (_MD5,), "apk": (_SHA1,), "rpm": (hashlib.sha256,)}
WITH_WHEELS: Mapping[str, Makers] = {"deb": (_MD5, hashlib.sha256), "apk": (_SHA1, hashlib.sha256), "rpm": (hashlib.sha256,)}

SYSTEM = frozenset({"bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc"})
"""Top folders that belong to the distribution's packages (FHS 3.0); `usr/local` does not."""
READ_BY_PEOPLE = tuple(f"usr/share/{name}/" for name in ("doc", "man", "info", "locale", "zoneinfo", "i18n", "fonts", "icons", "licenses"))
"""Folders of what is shown and never run."""
MARKERS = {
    "etc/apk": "apk",
    "lib/apk": "apk",
    "usr/lib/apk": "apk",
    "etc/apt": "deb",
    "etc/dpkg": "deb",
    "etc/debian_version": "deb",
    "var/lib/dpkg": "deb",
    "etc/rpm": "rpm",
    "etc/dnf": "rpm",
    "etc/yum.repos.d": "rpm",
    "usr/lib/.build-id": "rpm",
    "usr/lib/sysimage/rpm": "rpm",
    "var/lib/rpm": "rpm",
}
"""Folders and files that one family of distributions has."""
MULTIARCH = "-linux-gnu"
"""In a folder of `usr/lib`: Debian's (https://wiki.debian.org/Multiarch/Tuples)."""


class Digests:
    """The digests of one layer's files while it passes."""

    def __init__(self) -> None:
        self.full = False
        """Whether there were more than are kept."""
        self._family = ""
        self._mixed = False
        self._folder = ""
        self._kept: dict[str, bytes] = {}
        self._held = 0
        self._chosen: Makers = ()

    def begin(self, path: str) -> list[Hash]:
        """Return the hashes that a file is to be fed to; none where no package could have brought it."""
        folder = path[: path.rfind("/") + 1]
        if folder != self._folder:
            self._folder = folder
            self._choose(folder)
        if path in MARKERS:
            self._mark(MARKERS[path])
            self._choose(folder)
        if not self._chosen or path.endswith(".pyc"):
            return []
        return [make() for make in self._chosen]

    def end(self, path: str, hashes: Iterable[Hash]) -> None:
        """Keep the digests of a file that was fed."""
        self._held += EACH + len(path)
        if self._held > MAX_HELD:
            self.full = True
            return
        self._kept[path] = b"".join([each.digest() for each in hashes])

    def _mark(self, family: str) -> None:
        if self._family and family != self._family:
            self._mixed = True
        self._family = family

    def _choose(self, folder: str) -> None:
        top, _, rest = folder.partition("/")
        if top in ("etc", "lib", "usr", "var"):
            parts = folder.split("/")
            for depth in (2, 3, 4):
                if (family := MARKERS.get("/".join(parts[:depth]))) is not None:
                    self._mark(family)
            if MULTIARCH in (parts[2] if parts[:2] == ["usr", "lib"] else parts[1] if top == "lib" else ""):
                self._mark("deb")
        wheels = "-packages/" in folder
        if top not in SYSTEM or rest.startswith("local/"):
            self._chosen = (hashlib.sha256,) if wheels else ()
        elif folder.startswith(READ_BY_PEOPLE):
            self._chosen = ()
        elif self._mixed or not self._family:
            self._chosen = ALL
        else:
            self._chosen = (WITH_WHEELS if wheels else FAMILIES)[self._family]

    def encode(self) -> bytes:
        """Return what was kept, in bytes."""
        return msgspec.msgpack.encode({path.encode("utf-8", "surrogateescape"): digest for path, digest in self._kept.items()}) if self._kept else b""


def is_system(path: str) -> bool:
    """Tell whether a path lies where the distribution's packages bring programs and libraries."""
    return path.partition("/")[0] in SYSTEM and not path.startswith("usr/local/")


def decode(data: bytes) -> Mapping[str, bytes]:
    """Return the digests by path that `encode` wrote. Raises `ValueError` for any other bytes."""
    if not data:
        return {}
    try:
        found = msgspec.msgpack.decode(data, type=dict[bytes, bytes])
    except msgspec.MsgspecError as fault:
        raise ValueError(f"the digests of a layer cannot be read: {fault}") from None
    return {path.decode("utf-8", "surrogateescape"): digest for path, digest in found.items()}


def select(kept: bytes, algorithm: str) -> bytes | None:
    """Return the digest of one algorithm from what is kept of a file; None where it was not computed."""
    at = 0
    for name in LENGTHS.get(len(kept), ()):
        if name == algorithm:
            return kept[at : at + SIZES[name]]
        at += SIZES[name]
    return None
