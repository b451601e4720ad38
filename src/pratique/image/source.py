"""What every way to an image gives: the image by all its digests, and each layer's tar as verified blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from pratique.model import Image

BLOCK = 1 << 20
"""Bytes read at a time; decompressed blocks may be larger, but are at most `MAX_BLOCK`."""
MAX_BLOCK = 1 << 22


class Source(Protocol):
    """An opened image. Thread-safe: several layers may be read at once. Close it by `with`."""

    image: Image
    folder: Path | None
    """The folder itself for `dir:`, which has one layer and no tar; else None."""

    def identity(self, index: int) -> str:
        """Name the stored bytes of a layer, so that what was verified once need not be read again.

        For local files: device, inode, size, mtime_ns, ctime_ns, offset and length; for a registry: `blob:sha256:…`. Empty: the bytes have no
        name that could be trusted (a pipe).
        """
        ...

    def blocks(self, index: int) -> Iterator[bytes]:
        """Yield the layer's tar, decompressed, in blocks.

        After the last block the blob's digest and the diff ID were both compared. Raises `DigestMismatch` where one differs, `Corrupt` for a
        stream that ends early or cannot be decompressed, `Unreachable` where the way failed for good, `MalformedImage` for a media type of no layer.
        """
        ...

    def __enter__(self) -> Source: ...

    def __exit__(self, *exc: object) -> None: ...
