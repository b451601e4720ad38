"""Many RPM headers one behind the other, reduced to some tags and compressed: what is kept of a database that needs no page again."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator
from struct import Struct

from pratique.formats.rpmheader import Header

BLOCK = 1 << 18
"""Bytes decompressed at a time."""

_LENGTH = Struct(">I")
_FAULT = 1 << 31
"""Bit of the length: what follows is no header, but the sentence that says why there is none."""


def pack(blobs: Iterable[bytes | ValueError], tags: Collection[int], limit: int) -> bytes:
    """Compress headers. Where one cannot be read, or the rest of them, or there are more than `limit`, that is kept in its place."""
    deflater = zlib.compressobj(1)
    parts = [deflater.compress(entry) for entry in _entries(blobs, tags, limit)]
    return b"".join([*parts, deflater.flush()])


def _entries(blobs: Iterable[bytes | ValueError], tags: Collection[int], limit: int) -> Iterator[bytes]:
    try:
        for count, blob in enumerate(blobs):
            if count >= limit:
                raise ValueError(f"there are more than {limit} entries")
            try:
                if isinstance(blob, ValueError):
                    raise blob
                header = Header(blob).reduced(tags)
                yield _LENGTH.pack(len(header)) + header
            except ValueError as error:
                yield _fault(error)
    except ValueError as error:
        yield _fault(error)


def _fault(error: ValueError) -> bytes:
    sentence = str(error).encode()
    return _LENGTH.pack(len(sentence) | _FAULT) + sentence


def unpack(data: bytes) -> Iterator[bytes | ValueError]:
    """Yield the headers, and in place of those that could not be read the `ValueError`. Raises `ValueError` for data that `pack` did not make."""
    blocks = _inflated(data)
    buffer = bytearray()
    while True:
        if not _fill(buffer, blocks, _LENGTH.size):
            if buffer:
                raise ValueError("kept headers that end early")
            return
        (length,) = _LENGTH.unpack_from(buffer)
        end = _LENGTH.size + (length & ~_FAULT)
        if not _fill(buffer, blocks, end):
            raise ValueError("kept headers that end early")
        entry = bytes(buffer[_LENGTH.size : end])
        del buffer[:end]
        yield ValueError(entry.decode("utf-8", "replace")) if length & _FAULT else entry


def _fill(buffer: bytearray, blocks: Iterator[bytes], need: int) -> bool:
    while len(buffer) < need:
        block = next(blocks, b"")
        if not block:
            return False
        buffer += block
    return True


def _inflated(data: bytes) -> Iterator[bytes]:
    inflater, rest = zlib.decompressobj(), data
    try:
        while not inflater.eof and (block := inflater.decompress(rest, BLOCK)):
            yield block
            rest = inflater.unconsumed_tail
    except zlib.error as error:
        raise ValueError(f"kept headers that cannot be read: {error}") from None
