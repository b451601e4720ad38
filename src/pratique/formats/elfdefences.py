"""What a linker and a compiler did to make an ELF file harder to attack, read from its first bytes and its dynamic section alone.

Pure: over two stretches of a file, so that a stream need not be held. System V ABI, chapters 4 and 5; elf(5); the names are those of binutils.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

HEADER = 64
"""Bytes of the longest ELF header."""
MAX_SEGMENTS = 64
"""Executables have about a dozen program headers; what has more is not judged."""
MAX_DYNAMIC = 64 << 10
"""Bytes of a dynamic section that are read: ordinary ones have less than one KiB."""
MAX_PATH = 4096
"""Bytes of a run path."""

ET_EXEC, ET_DYN = 2, 3
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
PT_GNU_STACK, PT_GNU_RELRO = 0x6474E551, 0x6474E552
PF_X = 1
DT_NEEDED, DT_STRTAB, DT_RPATH, DT_BIND_NOW, DT_RUNPATH, DT_FLAGS, DT_FLAGS_1 = 1, 5, 15, 24, 29, 30, 0x6FFFFFFB
DF_BIND_NOW = 0x8
DF_1_NOW, DF_1_PIE = 0x1, 0x08000000
EM_386, EM_X86_64 = 3, 62
CANARY = b"\0__stack_chk_fail\0"
"""What code that checks its stack calls (gcc, `-fstack-protector`), as it stands among the names of dynamic symbols."""


class Frame(NamedTuple):
    """Where in the file the parts lie that tell of its defences. Offsets and sizes in bytes."""

    bits: int
    order: str
    type: int
    machine: int
    loads: tuple[tuple[int, int, int], ...]
    """Offset, address and size of each loaded segment."""
    dynamic: tuple[int, int]
    """Offset and size; `(0, 0)`: it is statically linked."""
    interpreted: bool
    stack: int | None
    """The flags of PT_GNU_STACK; None where there is none."""
    relro: bool

    @property
    def names(self) -> int:
        """Where the first loaded segment ends: symbols and their names lie in it, by every linker's habit."""
        return next((offset + size for offset, _, size in self.loads if offset == 0), 0)


class Defences(NamedTuple):
    """What was found. None where it could not be told."""

    program: bool
    """It can be started; else it is a library."""
    pie: bool
    stack_executable: bool
    relro: str
    """`full`, `partial`, `none`, or empty where there is nothing to relocate: it is statically linked."""
    canary: bool | None
    run_path: str | None
    """DT_RUNPATH or DT_RPATH as it is written (ld.so(8)); empty where there is none."""


def frame(head: bytes) -> Frame:
    """Read the header and the program headers. Raises `ValueError` where it is no ELF file that the kernel loads, or they lie behind `head`."""
    if len(head) < 52 or head[:4] != b"\x7fELF" or head[4] not in (1, 2) or head[5] not in (1, 2):
        raise ValueError("not an ELF file")
    wide, order = head[4] == 2, "<" if head[5] == 1 else ">"
    if wide and len(head) < HEADER:
        raise ValueError("the ELF header is truncated")
    kind, machine = struct.unpack_from(f"{order}2H", head, 16)
    offset, _, _, _, size, count = struct.unpack_from(f"{order}2QL3H" if wide else f"{order}2LL3H", head, 32 if wide else 28)
    if kind not in (ET_EXEC, ET_DYN):
        raise ValueError("not an executable or library")
    layout = struct.Struct(f"{order}2L6Q" if wide else f"{order}8L")
    if size != layout.size or not 0 < count <= MAX_SEGMENTS or offset + count * size > len(head):
        raise ValueError("the ELF program headers are not where they are expected")
    loads: list[tuple[int, int, int]] = []
    dynamic, interpreted, stack, relro = (0, 0), False, None, False
    for fields in layout.iter_unpack(head[offset : offset + count * size]):
        if wide:
            tag, flags, at, address, _, length, _, _ = fields
        else:
            tag, at, address, _, length, _, flags, _ = fields
        if tag == PT_LOAD:
            loads.append((at, address, length))
        elif tag == PT_DYNAMIC:
            dynamic = at, min(length, MAX_DYNAMIC)
        elif tag == PT_INTERP:
            interpreted = True
        elif tag == PT_GNU_STACK:
            stack = flags
        elif tag == PT_GNU_RELRO:
            relro = True
    return Frame(64 if wide else 32, order, kind, machine, tuple(loads), dynamic, interpreted, stack, relro)


def defences(found: Frame, names: bytes, dynamic: bytes) -> Defences:
    """Judge a file by its frame, its first bytes up to `frame.names` (or as many as there are), and its dynamic section."""
    values: dict[int, int] = {}
    for tag, value in struct.iter_unpack(f"{found.order}2{'Q' if found.bits == 64 else 'L'}", dynamic[: len(dynamic) // 16 * 16]):
        if tag == 0:
            break
        values.setdefault(tag, value)
    flags, more = values.get(DT_FLAGS, 0), values.get(DT_FLAGS_1, 0)
    linked = found.dynamic[1] > 0
    now = DT_BIND_NOW in values or bool(flags & DF_BIND_NOW) or bool(more & DF_1_NOW)
    stack = found.machine in (EM_386, EM_X86_64) if found.stack is None else bool(found.stack & PF_X)
    program = found.type == ET_EXEC or found.interpreted or bool(more & DF_1_PIE)
    return Defences(
        program=program,
        pie=found.type == ET_DYN,
        stack_executable=stack,
        relro="" if not linked else "full" if found.relro and now else "partial" if found.relro else "none",
        canary=None if not linked or DT_NEEDED not in values else True if CANARY in names else False if len(names) >= found.names else None,
        run_path=_run_path(found, names, values),
    )


def _run_path(found: Frame, names: bytes, values: dict[int, int]) -> str | None:
    at = values.get(DT_RUNPATH, values.get(DT_RPATH))
    if at is None:
        return ""
    table = values.get(DT_STRTAB, 0)
    offset = next((table - address + begin for begin, address, size in found.loads if address <= table < address + size), None)
    if offset is None or not 0 < offset + at < len(names):
        return None
    text = names[offset + at : offset + at + MAX_PATH]
    end = text.find(b"\0")
    return None if end < 0 else text[:end].decode("utf-8", "backslashreplace")
