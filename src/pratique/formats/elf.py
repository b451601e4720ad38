"""ELF files: their header, sections and segments (System V ABI, chapter 4 and 5; elf(5)).

Pure: over any seekable `BinaryIO`. Sections are a help for linkers and may be stripped or wrong; segments are what the kernel loads. So a
file whose sections cannot be read still has its segments.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

MAX_SECTIONS = 1 << 14
"""Executables and libraries have some 40; object files made of one section per function reach some thousands."""
MAX_SEGMENTS = 1 << 10
"""Executables have about a dozen; core dumps more, which are not read."""
MAX_NAMES = 1 << 20
"""Bytes of the table of section names."""

SHT_NOBITS = 8
PT_LOAD, PT_NOTE = 1, 4
PF_X, PF_W, PF_R = 1, 2, 4
_PN_XNUM = 0xFFFF
_SHN_XINDEX = 0xFFFF

_ARCHITECTURES = {
    (3, 32, False): "386",
    (8, 32, False): "mipsle",
    (8, 32, True): "mips",
    (8, 64, False): "mips64le",
    (8, 64, True): "mips64",
    (21, 64, False): "ppc64le",
    (21, 64, True): "ppc64",
    (22, 64, True): "s390x",
    (40, 32, False): "arm",
    (62, 64, False): "amd64",
    (183, 64, False): "arm64",
    (243, 64, False): "riscv64",
    (258, 64, False): "loong64",
}
"""`e_machine`, bits and byte order by the names of GOARCH, which are OCI's."""


class Section(NamedTuple):
    """One section header. `address`, `offset` and `size` in bytes."""

    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int


class Segment(NamedTuple):
    """One program header: `file_size` bytes at `offset` are loaded at `address`, filled up with zeros to `memory_size`."""

    type: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int


class ELF:
    """An ELF file. Raises `ValueError` where it is none, or its program headers cannot be read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.length: int = file.seek(0, 2)
        ident = self.at(0, 20)
        if len(ident) < 20 or ident[:4] != b"\x7fELF":
            raise ValueError("not an ELF file")
        if ident[4] not in (1, 2) or ident[5] not in (1, 2):
            raise ValueError(f"an ELF file of unknown class {ident[4]} or byte order {ident[5]}")
        self.bits: int = 32 * ident[4]
        self.big_endian: bool = ident[5] == 2
        self.order: str = ">" if self.big_endian else "<"
        wide = self.bits == 64
        layout = struct.Struct(self.order + ("16x2HL3QL6H" if wide else "16x2HL3LL6H"))
        header = self.at(0, layout.size)
        if len(header) < layout.size:
            raise ValueError("the ELF header is truncated")
        self.type: int
        self.machine: int
        (self.type, self.machine, _, self.entry, phoff, self.section_offset, _, _, phentsize, phnum, self._shentsize, self._shnum, self._shstrndx) = (
            layout.unpack(header)
        )
        self._section = struct.Struct(self.order + ("2L4Q2L2Q" if wide else "10L"))
        self.segments: tuple[Segment, ...] = tuple(self._segments(phoff, phentsize, phnum))

    @property
    def architecture(self) -> str:
        """The architecture by OCI's names, or empty."""
        return _ARCHITECTURES.get((self.machine, self.bits, self.big_endian), "")

    def sections(self) -> tuple[Section, ...]:
        """Return the sections with their names; none where they were stripped. Raises `ValueError` where they are damaged."""
        if not self.section_offset:
            return ()
        if self._shentsize != self._section.size:
            raise ValueError("the ELF section headers have an unknown size")
        count, index = self._shnum, self._shstrndx
        if count == 0 or index == _SHN_XINDEX:  # too many for the header: section 0 holds the numbers
            first = self.at(self.section_offset, self._section.size)
            if len(first) < self._section.size:
                raise ValueError("the ELF section headers are truncated")
            _, _, _, _, _, size, link, *_ = self._section.unpack(first)
            count, index = count or size, link if index == _SHN_XINDEX else index
        if count > MAX_SECTIONS:
            raise ValueError(f"the ELF file has {count} sections, more than {MAX_SECTIONS}")
        table = self.at(self.section_offset, count * self._section.size)
        if len(table) < count * self._section.size:
            raise ValueError("the ELF section headers are truncated")
        raw = list(self._section.iter_unpack(table))
        names = b""
        if index < len(raw) and raw[index][1] != SHT_NOBITS:
            names = self.at(raw[index][4], min(raw[index][5], MAX_NAMES))
        return tuple(Section(_name(names, r[0]), r[1], r[2], r[3], r[4], r[5]) for r in raw)

    def section(self, name: str) -> Section | None:
        """Return the first section of a name, or None, also where the sections are damaged."""
        try:
            return next((s for s in self.sections() if s.name == name), None)
        except ValueError:
            return None

    def data(self, part: Section | Segment, limit: int) -> bytes:
        """Return the bytes of a section or segment, at most `limit`; fewer where the file ends early."""
        if isinstance(part, Section):
            return b"" if part.type == SHT_NOBITS else self.at(part.offset, min(part.size, limit))
        return self.at(part.offset, min(part.file_size, limit))

    def blocks(self, part: Section | Segment, size: int, overlap: int) -> Iterator[tuple[int, bytes]]:
        """Yield `(offset in the part, bytes)` in blocks of `size` bytes, each repeating the last `overlap` bytes of the one before."""
        length = part.size if isinstance(part, Section) else part.file_size
        if isinstance(part, Section) and part.type == SHT_NOBITS:
            return
        position = 0
        while position < length:
            block = self.at(part.offset + position, min(size, length - position))
            if not block:
                return
            yield position, block
            if len(block) <= overlap:
                return
            position += len(block) - (overlap if position + len(block) < length else 0)

    def memory(self, address: int, size: int) -> bytes:
        """Return the bytes that are loaded at a virtual address; fewer than `size` where the segment ends, none where no segment lies."""
        for segment in self.segments:
            if segment.type == PT_LOAD and segment.address <= address < segment.address + segment.file_size:
                within = address - segment.address
                return self.at(segment.offset + within, min(size, segment.file_size - within))
        return b""

    def at(self, offset: int, size: int) -> bytes:
        """Return the bytes at an offset of the file; fewer where it ends early."""
        if offset >= self.length:
            return b""
        self._file.seek(offset)
        return self._file.read(min(size, self.length - offset))

    def _segments(self, offset: int, size: int, count: int) -> Iterator[Segment]:
        if not offset or not count:
            return
        layout = struct.Struct(self.order + ("2L6Q" if self.bits == 64 else "8L"))
        if size != layout.size:
            raise ValueError("the ELF program headers have an unknown size")
        if count == _PN_XNUM or count > MAX_SEGMENTS:
            raise ValueError(f"the ELF file has more than {MAX_SEGMENTS} segments")
        table = self.at(offset, count * size)
        if len(table) < count * size:
            raise ValueError("the ELF program headers are truncated")
        for fields in layout.iter_unpack(table):
            if self.bits == 64:
                kind, flags, at, address, _, file_size, memory_size, _ = fields
            else:
                kind, at, address, _, file_size, memory_size, flags, _ = fields
            yield Segment(kind, flags, at, address, file_size, memory_size)


def _name(names: bytes, start: int) -> str:
    if start >= len(names):
        return ""
    end = names.find(b"\0", start)
    return names[start : end if end >= 0 else len(names)].decode("utf-8", "surrogateescape")
