"""An opened image: its nouns, and its layers as stored bytes that can be read again and again, by several threads at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from pratique.errors import Corrupt
from pratique.image.layer import verified
from pratique.image.source import BLOCK
from pratique.model import Image


class Stored(Protocol):
    """The bytes of a layer as they are stored: compressed or not, not verified."""

    def identity(self) -> str:
        """As of `Source.identity`."""
        ...

    def read(self) -> Iterator[bytes]:
        """Yield the bytes from the first to the last."""
        ...


class Extent:
    """A stretch of an open file, read in place and without a position of its own: threads may share the file."""

    __slots__ = ("_descriptor", "length", "name", "offset")

    def __init__(self, descriptor: int, offset: int, length: int, name: str) -> None:
        self._descriptor = descriptor
        self.offset = offset
        self.length = length
        self.name = name

    def identity(self) -> str:
        """Name the file as it is now, and the stretch."""
        return identity(os.fstat(self._descriptor), self.offset, self.length)

    def read(self) -> Iterator[bytes]:
        """Yield the bytes. Raises `Corrupt` where the file ends early."""
        yield from stretch(self._descriptor, self.offset, self.length, self.name)

    def whole(self, limit: int) -> bytes:
        """Return the bytes at once. Raises `Corrupt` above the limit."""
        if self.length > limit:
            raise Corrupt(
                f"{self.name} has {self.length} bytes; no more than {limit} are read.",
                "No tool writes such a file; check where the image comes from.",
            )
        return b"".join(self.read())


class Derived:
    """A stretch of a temporary copy, named by the file it was made from."""

    __slots__ = ("_extent", "_origin")

    def __init__(self, extent: Extent, origin: os.stat_result | None) -> None:
        self._extent = extent
        self._origin = origin

    def identity(self) -> str:
        """Name the original file and the stretch of its expansion; empty where it was a pipe."""
        return f"expanded:{identity(self._origin, self._extent.offset, self._extent.length)}" if self._origin else ""

    def read(self) -> Iterator[bytes]:
        """Yield the bytes."""
        return self._extent.read()


class Opened:
    """The one `Source` of every way that stores layers as blobs."""

    def __init__(self, image: Image, layers: Sequence[Stored], resources: ExitStack) -> None:
        self.image = image
        self.folder: Path | None = None
        self._layers = layers
        self._resources = resources

    def identity(self, index: int) -> str:
        """As of `Source`."""
        return self._layers[index].identity()

    def blocks(self, index: int) -> Iterator[bytes]:
        """As of `Source`."""
        layer = self.image.layers[index]
        size = layer.size if layer.digest else None
        name = f"Layer {index + 1} of {len(self.image.layers)}"
        return verified(self._layers[index].read(), digest=layer.digest, diff_id=layer.diff_id, media_type=layer.media_type, size=size, name=name)

    def close(self) -> None:
        """Give back files and connections."""
        self._resources.close()

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


Progress = Callable[[str, int, int], None]
"""Told of what is fetched, how many bytes are done, and of how many (0: not known)."""


def identity(status: os.stat_result, offset: int, length: int) -> str:
    """Name a stretch of a file so that any change of the file changes the name."""
    return f"file:{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}:{offset}:{length}"


def stretch(descriptor: int, offset: int, length: int, name: str) -> Iterator[bytes]:
    """Yield `length` bytes of a file from `offset`, in blocks. Raises `Corrupt` where it ends early."""
    end = offset + length
    while offset < end:
        block = os.pread(descriptor, min(BLOCK, end - offset), offset)
        if not block:
            raise Corrupt(f"{name} ends {end - offset} bytes too early.", "Copy or save the image again.")
        offset += len(block)
        yield block
