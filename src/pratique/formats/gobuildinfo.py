"""What the Go linker leaves in every executable: the toolchain's version and the modules it was built from.

After Go's own `debug/buildinfo` and `cmd/link` (`Link.buildinfo`): a blob, aligned to 16 bytes, that begins with a magic. Since Go 1.18 the two
texts follow in line; before (1.13 to 1.17) two pointers name them, in the byte order and pointer size of the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Literal, NamedTuple

from pratique.formats.elf import ELF, PF_X, PT_LOAD, Section, Segment

MAGIC = b"\xff Go buildinf:"
NOTE = b"Go\0\0"
"""The owner of the ELF note that holds Go's build ID, type 4 (`cmd/link/internal/ld/elf.go`)."""

MAX_TEXT = 4 << 20
"""Bytes of the modules' text: that of Kubernetes has some 30,000."""
MAX_VERSION = 256
MAX_HITS = 1_000
"""Places that begin with the magic: Go's own tools, which look for it, have a few."""

_ALIGN, _HEADER = 16, 32
_INLINE, _BIG_ENDIAN = 2, 1
_CHUNK = 1 << 20
_BLOB = _HEADER + MAX_VERSION + MAX_TEXT + 20
_FRAME = 16
"""Bytes of the two marks around the modules' text (`cmd/go/internal/modload`: infoStart, infoEnd)."""
_VERSION = re.compile(rb"(?:go\d|devel\b)[\x20-\x7e]*")


class BuildInfo(NamedTuple):
    """The toolchain (`go1.21.5`) and the modules' text, in the lines that `go version -m` shows; empty where built without modules."""

    version: str
    modules: str


def may_be_go(head: bytes) -> bool:
    """Whether the first bytes (4 KiB suffice) of an ELF file look like Go's work.

    True for all that the Go linker wrote itself (its section headers stand directly behind the program headers) and for all with a Go build ID,
    which the linker always writes near the start and `strip` keeps. False only where the build ID was left out on purpose (`-ldflags=-buildid=`)
    *and* another tool wrote the file last: a C linker (cgo) or `strip`. Among those `may_hide_go` chooses what `Search` is worth.
    """
    if len(head) < 64 or not head.startswith(b"\x7fELF"):
        return False
    order: Literal["big", "little"] = "big" if head[5] == 2 else "little"
    sections = int.from_bytes(head[40:48] if head[4] == 2 else head[32:36], order)
    return 0 < sections < 4096 or NOTE in head[:4096]


def may_hide_go(head: bytes) -> bool:
    """Whether the first 4 KiB are those of an executable (no library, no object file) that does not look like Go's and yet may be."""
    if len(head) < 64 or not head.startswith(b"\x7fELF"):
        return False
    executable = int.from_bytes(head[16:18], "big" if head[5] == 2 else "little") == 2  # ET_EXEC
    loaded = executable or b"/ld-" in head[:4096]  # the loader's name: an executable that may lie anywhere
    return loaded and not may_be_go(head)


def find(file: BinaryIO) -> BuildInfo | None:
    """Return the build information of an ELF executable, or None where there is none. Raises `ValueError` for what is no sound ELF file."""
    elf = ELF(file)
    hits, left = MAX_HITS, 2 * elf.length  # parts may overlap, as the section does with its segment, but not over and over
    for part in _places(elf):
        for offset, block in elf.blocks(part, _CHUNK, _HEADER + _ALIGN):
            left -= len(block)
            if left < 0:
                raise ValueError("the segments of an ELF file overlap over and over")
            at = block.find(MAGIC)
            while at >= 0:
                hits -= 1
                if hits < 0:
                    raise ValueError("an executable that begins Go build information over and over")
                found = (offset + at) % _ALIGN == 0 and _decode(elf, part, offset + at)
                if found:
                    return found
                at = block.find(MAGIC, at + 1)
    return None


def inline(blob: bytes) -> BuildInfo | None:
    """Decode a blob that begins with the magic and holds its texts in line (Go 1.18 and later); None for others. Needs no file around it.

    Raises `ValueError` where the modules' text reaches behind the blob's end.
    """
    if len(blob) < _HEADER or not blob.startswith(MAGIC) or not blob[15] & _INLINE:
        return None
    version, position = _text(blob, _HEADER, MAX_VERSION)
    if version is None or not _VERSION.fullmatch(version):
        return None
    modules, _ = _text(blob, position, MAX_TEXT)
    return _info(version, modules)


class Search:
    """Finds the build information in line while the blocks of a file pass, where nothing can be looked up twice. Costs some 0.2 ms per MiB.

    Feed it all blocks of an ELF file, then ask `result`. It does not see what Go 1.17 and older wrote.
    """

    def __init__(self) -> None:
        self._tail = b""
        self._blob: bytearray | None = None
        self._hits = 0

    def feed(self, block: bytes | memoryview) -> None:
        """Take the next block."""
        if self._blob is not None:
            if self._hits <= MAX_HITS and len(self._blob) < _BLOB:
                self._blob += block
            return
        data = self._tail + bytes(block)
        at = data.find(MAGIC)
        while at >= 0:
            if len(data) < at + _HEADER + MAX_VERSION + 2:
                break  # it may go on in the next block
            self._hits += 1
            if self._hits > MAX_HITS:
                self._tail, self._blob = b"", bytearray()
                return
            if _begins(data[at : at + _HEADER + MAX_VERSION + 2]):
                self._blob = bytearray(data[at:])
                return
            at = data.find(MAGIC, at + 1)
        self._tail = data[at:] if at >= 0 else data[1 - len(MAGIC) :]

    def result(self) -> BuildInfo | None:
        """Return what was found, after the last block. Raises `ValueError` for build information that ends early, or begins over and over."""
        if self._hits > MAX_HITS:
            raise ValueError("an executable that begins Go build information over and over")
        return inline(bytes(self._tail if self._blob is None else self._blob))


def _begins(blob: bytes) -> bool:
    version, _ = _text(blob, _HEADER, MAX_VERSION)
    return bool(blob[15] & _INLINE) and version is not None and _VERSION.fullmatch(version) is not None


def _places(elf: ELF) -> Iterator[Section | Segment]:
    """Yield where the blob may lie: its own section; where that has no name, the data, which is never executable and mostly writable."""
    section = elf.section(".go.buildinfo")
    if section is not None:
        yield section
    data = [s for s in elf.segments if s.type == PT_LOAD and not s.flags & PF_X]
    yield from sorted(data, key=lambda s: not s.flags & 2)


def _decode(elf: ELF, part: Section | Segment, offset: int) -> BuildInfo | None:
    start = part.offset + offset
    blob = elf.at(start, _HEADER)
    if len(blob) < _HEADER:
        return None
    if blob[15] & _INLINE:
        return inline(elf.at(start, _BLOB)) if _begins(elf.at(start, _HEADER + MAX_VERSION + 2)) else None
    size = blob[14]
    if size not in (4, 8):
        return None
    order: Literal["big", "little"] = "big" if blob[15] & _BIG_ENDIAN else "little"

    def text(pointer: bytes, limit: int) -> bytes | None:
        """Follow a pointer to a Go string: the address and the length of its bytes."""
        header = elf.memory(int.from_bytes(pointer, order), 2 * size)
        address, length = int.from_bytes(header[:size], order), int.from_bytes(header[size:], order)
        found = elf.memory(address, length) if length <= limit else b""
        return found if len(header) == 2 * size and len(found) == length else None

    version = text(blob[16 : 16 + size], MAX_VERSION)
    if version is None or not _VERSION.fullmatch(version):
        return None
    return _info(version, text(blob[16 + size : 16 + 2 * size], MAX_TEXT))


def _text(blob: bytes, position: int, limit: int) -> tuple[bytes | None, int]:
    """Return a text that follows its length (an unsigned LEB128), and where it ends; None where its length lies."""
    length = shift = 0
    while position < len(blob) and shift < 35:
        byte = blob[position]
        position += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (blob[position : position + length], position + length) if length <= min(limit, len(blob) - position) else (None, len(blob))
    return None, len(blob)


def _info(version: bytes, modules: bytes | None) -> BuildInfo:
    if modules is None:
        raise ValueError("the module list of a Go executable lies outside of the file or is too long")
    framed = len(modules) > 2 * _FRAME and modules[-_FRAME - 1 : -_FRAME] == b"\n"
    return BuildInfo(version.decode("ascii"), modules[_FRAME:-_FRAME].decode("utf-8", "replace") if framed else "")
