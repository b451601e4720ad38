"""Zip archives, read from their central directory: jars, wheels and what else lies in an image (PKWARE APPNOTE.TXT 6.3.10).

Pure: over any seekable `BinaryIO`. Archives may have something in front (the shell script of an executable jar) or a comment behind; zip64 is
read. Nothing is believed that would cost more than the limits allow: an archive that exceeds one is refused with a `ValueError`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, cast

from isal import isal_zlib

_EOCD = struct.Struct("<4s4H2LH")  # 4.3.16 end of central directory record
_EOCD64_LOCATOR = struct.Struct("<4sLQL")  # 4.3.15
_EOCD64 = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
_CENTRAL = struct.Struct("<4s6H3L5H2L")  # 4.3.12 central directory header
_LOCAL = struct.Struct("<4s5H3L2H")  # 4.3.7 local file header

_MAX_COMMENT = 0xFFFF
_ZIP64_EXTRA = 0x0001  # 4.5.3
_FULL32, _FULL16 = 0xFFFFFFFF, 0xFFFF
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000  # 4.4.4: bits 0, 6 (strong) and 13 (the directory itself)

STORED, DEFLATED = 0, 8
_METHODS = {1: "shrink", 6: "implode", 9: "deflate64", 12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz", 98: "ppmd", 99: "AES encryption"}

_INFLATE_ERROR = cast("type[Exception]", isal_zlib.error)  # its stubs call it an instance

BLOCK = 1 << 18
"""The most bytes that `stream` yields at a time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may ask of its reader. The largest jars in use have some 60,000 entries and a directory of 8 MiB."""

    entries: int = 1 << 17
    """Entries: each costs memory before its first byte is read."""
    directory: int = 32 << 20
    """Bytes of the central directory, which is read as a whole."""
    name: int = 4096
    """Bytes of one name: PATH_MAX of Linux."""
    ratio: int = 200
    """Total declared size over the archive's own: ordinary jars stay below 10, logs and generated tables below 100; deflate's end is 1,032."""
    floor: int = 64 << 20
    """Bytes that may come out whatever the ratio."""


LIMITS = Limits()


class Entry(NamedTuple):
    """One entry of the central directory. `name` is UTF-8 with `surrogateescape`; sizes are in bytes, as the directory declares them."""

    name: str
    size: int
    compressed: int
    method: int
    offset: int
    """Of the local header, in the file (whatever stands in front is counted)."""
    crc: int
    flags: int = 0

    @property
    def is_dir(self) -> bool:
        """Whether it is a folder, which has no bytes."""
        return self.name.endswith("/")


def entries(file: BinaryIO, limits: Limits = LIMITS) -> Iterator[Entry]:
    """Yield the entries of an archive in the order of its central directory, folders and duplicates too.

    The directory is judged as a whole before its first entry is given. Raises `ValueError` for what is no zip archive, for a directory that
    contradicts itself or the file, for entries that overlap (the bytes of a zip bomb serve many entries), and beyond a limit.
    """
    length, start, size, shift = _locate(file)
    if size > limits.directory:
        raise ValueError(f"the zip directory has {size} bytes, more than {limits.directory}")
    file.seek(start)
    directory = file.read(size)
    found = list(_parse(directory, shift, limits))
    _judge(found, start, length, limits)
    yield from found


def stream(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """Yield an entry's bytes in blocks of at most `BLOCK`.

    After the last one, size and CRC-32 were compared. Raises `ValueError` where they differ, for encrypted entries and unknown methods, for a
    local header that names another entry, and for a stream that ends early or does not end.
    """
    position = _data_offset(file, entry)
    if entry.method == STORED:
        blocks = _stored(file, position, entry.compressed)
    elif entry.method == DEFLATED:
        blocks = _inflated(file, position, entry)
    else:
        raise ValueError(f"the zip entry {entry.name!r} has the method {entry.method} ({_METHODS.get(entry.method, 'unknown')}), which is not read")
    total = crc = 0
    for block in blocks:
        total += len(block)
        if total > entry.size:
            raise ValueError(f"the zip entry {entry.name!r} is larger than the {entry.size} bytes it declares")
        crc = isal_zlib.crc32(block, crc)
        yield block
    if total != entry.size:
        raise ValueError(f"the zip entry {entry.name!r} has {total} bytes, not the {entry.size} it declares")
    if crc != entry.crc:
        raise ValueError(f"the zip entry {entry.name!r} is damaged: its CRC-32 differs")


def read(file: BinaryIO, entry: Entry, limit: int) -> bytes:
    """Return an entry's bytes. Raises `ValueError` as `stream` does, and where it declares more than `limit` bytes."""
    if entry.size > limit:
        raise ValueError(f"the zip entry {entry.name!r} has {entry.size} bytes, more than {limit}")
    return b"".join(stream(file, entry))


# ------------------------------------------------------------------------------------------------------------ directory


def _locate(file: BinaryIO) -> tuple[int, int, int, int]:
    """Return the file's length, where the central directory starts, its size, and how far all offsets are shifted by what stands in front."""
    length = file.seek(0, 2)
    tail_start = max(0, length - _MAX_COMMENT - _EOCD.size)
    file.seek(tail_start)
    tail = file.read(length - tail_start)
    # A comment may contain the signature: a record that ends where the file ends wins; else the last one with something behind it.
    at = fallback = -1
    hit = len(tail)
    while (hit := tail.rfind(b"PK\x05\x06", 0, hit + 3)) >= 0:
        if hit + _EOCD.size <= len(tail):
            end = hit + _EOCD.size + int.from_bytes(tail[hit + 20 : hit + 22], "little")
            if end == len(tail):
                at = hit
                break
            if fallback < 0 and end < len(tail):
                fallback = hit
    at = at if at >= 0 else fallback
    if at < 0:
        raise ValueError("not a zip archive: it has no end of central directory (a truncated download?)")
    _, disk, first_disk, _, _, size, offset, _ = _EOCD.unpack_from(tail, at)
    end = tail_start + at
    if (disk, first_disk) not in {(0, 0), (_FULL16, 0), (_FULL16, _FULL16), (0, _FULL16)}:
        raise ValueError("the zip archive is one part of several, which are not read")
    if end >= _EOCD64_LOCATOR.size:
        located = _locate64(file, end - _EOCD64_LOCATOR.size)
        if located is not None:
            end, size, offset = located
    start = end - size
    shift = start - offset
    if start < 0 or shift < 0:
        raise ValueError("the zip directory lies outside of the file")
    return length, start, size, shift


def _locate64(file: BinaryIO, at: int) -> tuple[int, int, int] | None:
    """Return where the zip64 end record lies, and the directory's size and offset (4.3.14); None where there is no locator."""
    file.seek(at)
    locator = file.read(_EOCD64_LOCATOR.size)
    if len(locator) < _EOCD64_LOCATOR.size or locator[:4] != b"PK\x06\x07":
        return None
    _, _, stated, _ = _EOCD64_LOCATOR.unpack(locator)
    # With something in front the stated offset is short: then the record is the one just before its locator (version 1 has a fixed size).
    for position in (stated, at - _EOCD64.size):
        if 0 <= position <= at - _EOCD64.size:
            file.seek(position)
            record = file.read(_EOCD64.size)
            if len(record) == _EOCD64.size and record[:4] == b"PK\x06\x06":
                *_, size, offset = _EOCD64.unpack(record)
                return position, size, offset
    raise ValueError("the zip64 end of central directory is missing")


def _parse(directory: bytes, shift: int, limits: Limits) -> Iterator[Entry]:
    position = count = 0
    unpack, fixed, total = _CENTRAL.unpack_from, _CENTRAL.size, len(directory)
    while position < total:
        if position + fixed > total:
            raise ValueError("the zip directory is truncated")
        signature, _, _, flags, method, _, _, crc, compressed, size, n_name, n_extra, n_comment, _, _, _, offset = unpack(directory, position)
        if signature != b"PK\x01\x02":
            raise ValueError("the zip directory is damaged: an entry does not begin where one should")
        count += 1
        if count > limits.entries:
            raise ValueError(f"the zip archive has more than {limits.entries} entries")
        if n_name > limits.name:
            raise ValueError(f"the zip archive has a name of {n_name} bytes, more than {limits.name}")
        at_extra = position + fixed + n_name
        position = at_extra + n_extra + n_comment
        if position > total:
            raise ValueError("the zip directory is truncated")
        if _FULL32 in (size, compressed, offset):
            size, compressed, offset = _zip64(directory[at_extra : at_extra + n_extra], size, compressed, offset)
        name = directory[at_extra - n_name : at_extra].decode("utf-8", "surrogateescape")
        yield Entry(name, size, compressed, method, offset + shift, crc, flags)


def _zip64(extra: bytes, size: int, compressed: int, offset: int) -> tuple[int, int, int]:
    """Take the values that did not fit from the zip64 extra field, in this order, each only where its own field is full (4.5.3)."""
    position = 0
    while position + 4 <= len(extra):
        tag, n = struct.unpack_from("<2H", extra, position)
        if tag == _ZIP64_EXTRA:
            field = extra[position + 4 : position + 4 + n]
            wide = iter([int.from_bytes(field[i : i + 8], "little") for i in range(0, len(field) - 7, 8)])
            try:
                return tuple(next(wide) if value == _FULL32 else value for value in (size, compressed, offset))  # type: ignore[return-value]  # three
            except RuntimeError:
                raise ValueError("a zip64 field is truncated") from None
        position += 4 + n
    return size, compressed, offset  # exactly 4 GiB - 1: legal without zip64


def _judge(found: list[Entry], start: int, length: int, limits: Limits) -> None:
    declared = sum(entry.size for entry in found)
    if declared > max(limits.floor, limits.ratio * length):
        raise ValueError(f"the zip archive declares {declared} bytes in {length}: more than {limits.ratio} times its size")
    end = -1
    for entry in sorted(found, key=lambda entry: entry.offset):
        if entry.offset < end:
            raise ValueError(f"the zip entry {entry.name!r} overlaps another one")
        # The local header repeats the name; its extra field may be longer or shorter than the directory's: this end is the least possible.
        end = entry.offset + _LOCAL.size + len(entry.name.encode("utf-8", "surrogateescape")) + entry.compressed
    if end > start:
        raise ValueError("a zip entry reaches into the directory")


# --------------------------------------------------------------------------------------------------------------- content


def _data_offset(file: BinaryIO, entry: Entry) -> int:
    if entry.flags & _ENCRYPTED:
        raise ValueError(f"the zip entry {entry.name!r} is encrypted")
    raw = entry.name.encode("utf-8", "surrogateescape")
    file.seek(entry.offset)
    header = file.read(_LOCAL.size + len(raw))
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        raise ValueError(f"the zip entry {entry.name!r} is not where the directory says")
    n_name, n_extra = struct.unpack_from("<2H", header, 26)
    if n_name != len(raw) or header[_LOCAL.size :] != raw:
        raise ValueError(f"the zip entry {entry.name!r} has another name in its local header")
    return entry.offset + _LOCAL.size + len(raw) + int(n_extra)


def _stored(file: BinaryIO, position: int, left: int) -> Iterator[bytes]:
    while left:
        file.seek(position)
        block = file.read(min(BLOCK, left))
        if not block:
            return
        position += len(block)
        left -= len(block)
        yield block


def _inflated(file: BinaryIO, position: int, entry: Entry) -> Iterator[bytes]:
    """Inflate (RFC 1951). Seeks before each read: the caller may read other entries between two blocks."""
    inflate = isal_zlib.decompressobj(-15)
    left = entry.compressed
    pending = b""
    try:
        while not inflate.eof:
            if not pending and left:
                file.seek(position)
                pending = file.read(min(BLOCK, left))
                position += len(pending)
                left -= len(pending)
                left = left if pending else 0
            block: bytes = inflate.decompress(pending, BLOCK)
            stuck = not block and len(inflate.unconsumed_tail) == len(pending) and not left
            pending = inflate.unconsumed_tail
            if block:
                yield block
            elif stuck and not inflate.eof:
                raise ValueError(f"the zip entry {entry.name!r} ends early")
    except _INFLATE_ERROR as error:
        raise ValueError(f"the zip entry {entry.name!r} cannot be inflated: {error}") from None
