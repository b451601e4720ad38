"""Executables of Go whose headers point everywhere."""

import struct
from pathlib import Path

import evil
import image_maker as im
from evil import Evil

MAGIC = b"\xff Go buildinf:"


def elf(offset: int, entry: int, count: int) -> bytes:
    head = b"\x7fELF\2\1\1" + bytes(9)
    return head + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x400000, 64, offset, 0, 64, 56, 1, entry, count, count - 1 & 0xFFFF)


def make(folder: Path) -> str:
    load = struct.pack("<IIQQQQQQ", 1, 6, 0, 0x400000, 0x400000, 1 << 63, 1 << 63, 0x1000)
    note = b"\xff Go buildinf:\x08\x02" + bytes(16) + b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + b"go1.22" * 3
    bodies = [elf(1 << 62, 64, 60_000) + load + note, elf(64, 64, 65_535) + load + note, elf(0, 0, 0) + load + note.ljust(100_000, b"\xff")]
    return evil.archive(folder, evil.alpine(), [im.file(f"bin/{n}", body, mode=0o755) for n, body in enumerate(bodies)])


EVIL = Evil(
    id="elf_hostile",
    attack="Executables whose headers have offsets beyond the file and lengths of 2^63 (CVE-2019-9924 and its like).",
    make=make,
    expect=(0, 3),
    says=evil.FLAW,
)
