"""Reads rpm's own database `Packages.db` ("ndb"): slots that point to blobs, each with a checksum.

Source: `lib/backend/ndb/rpmpkg.c` of rpm, which is its specification. All numbers are little-endian.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO

MAGIC, VERSION = b"RpmP", 0
PAGE, BLOCK, SLOT = 4096, 16, 16
"""Bytes of a page of slots, of a block (blobs are aligned to it) and of a slot."""
HEADER, HEAD, TAIL = 32, 16, 12
"""Bytes of the file's header, which takes the place of the first two slots, and of what stands before and after a blob."""

_HEADER = Struct("<4s4I")
_SLOT = Struct("<4s3I")
_HEAD = Struct("<4s3I")
_TAIL = Struct("<2I4s")


def blobs(file: BinaryIO) -> Iterator[bytes | ValueError]:
    """Yield the blobs in the order of their slots; in place of one that is broken, the `ValueError` that says so.

    Raises `ValueError` where the file is of another kind or its slots are broken.
    """
    end = file.seek(0, 2)
    file.seek(0)
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(MAGIC):
        raise ValueError("no ndb database")
    _, version, _, pages, _ = _HEADER.unpack(header)
    if version != VERSION:
        raise ValueError(f"an ndb database of version {version}")
    if not 0 < pages <= end // PAGE:
        raise ValueError(f"an ndb database of {end} bytes that claims {pages} pages of slots")
    room = end  # blobs do not overlap: together they are no longer than the file
    for page in range(pages):
        file.seek(page * PAGE)
        slots = file.read(PAGE)
        for magic, package, offset, count in _SLOT.iter_unpack(memoryview(slots)[0 if page else HEADER :]):
            if magic != b"Slot":
                raise ValueError("an ndb database with a slot that is none")
            if not offset:
                continue
            room -= count * BLOCK
            if room < 0:
                raise ValueError("an ndb database whose blobs overlap")
            try:
                yield _blob(file, package, offset, count, pages, end)
            except ValueError as error:
                yield error


def _blob(file: BinaryIO, package: int, offset: int, count: int, pages: int, end: int) -> bytes:
    if not package or offset * BLOCK < pages * PAGE or count * BLOCK < HEAD + TAIL:
        raise ValueError(f"package {package} of an ndb database has a slot that points nowhere")
    if (offset + count) * BLOCK > end:
        raise ValueError(f"package {package} of an ndb database is cut off")
    file.seek(offset * BLOCK)
    data = file.read(count * BLOCK)
    if len(data) != count * BLOCK:
        raise ValueError(f"package {package} of an ndb database is cut off")
    head, owner, _, length = _HEAD.unpack_from(data)
    checksum, again, tail = _TAIL.unpack_from(data, len(data) - TAIL)
    if (head, tail, owner, again) != (b"BlbS", b"BlbE", package, length) or count != -(-(HEAD + length + TAIL) // BLOCK):
        raise ValueError(f"package {package} of an ndb database is damaged")
    if zlib.adler32(memoryview(data)[:-TAIL]) != checksum:
        raise ValueError(f"package {package} of an ndb database does not have its checksum")
    return data[HEAD : HEAD + length]
