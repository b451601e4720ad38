"""Compilers and linkers make programs harder to attack when they are told to; distributions tell them, applications often forget."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pratique.catalog.programs import PROGRAMS, programs
from pratique.catalog.tree import Node, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.formats.elfdefences import Defences
from pratique.model import Confidence, Kind, Persona, Severity


def run(_: list[Node], tree: Tree) -> Iterator[Hit]:
    """Yield each program and library that no package of the distribution brought, with what it lacks."""
    found = [(path, lack) for path, program in programs(tree).items() if program.defences and (lack := _lacks(program.defences))]
    owners = tree.owners([path for path, _ in found])
    for path, lack in found:
        if path not in owners:
            yield Hit(path, f"built without {', '.join(lack)}")


def _lacks(found: Defences) -> list[str]:
    lack = []
    if found.program and not found.pie:
        lack.append("PIE (its code lies where everyone expects it)")
    if found.relro in ("none", "partial"):
        lack.append("full RELRO (its table of functions can be overwritten)" if found.relro == "partial" else "RELRO")
    if found.canary is False:
        lack.append("stack protector, as far as its imports tell")
    return lack


def _elf(kind: int, *names: str, now: bool = False) -> bytes:
    """Return a small x86-64 program of type ET_EXEC (2) or ET_DYN (3) that needs a library and imports these names."""
    text = b"\0" + b"".join(name.encode() + b"\0" for name in names)
    at = 64 + 4 * 56
    dynamic = struct.pack("<8Q", 1, 1, 5, at, 24 if now else 30, 0, 0, 0)
    offset = at + len(text)
    end = offset + len(dynamic)
    segments = [
        (1, 4, 0, 0, 0, end, end, 4096),
        (2, 6, offset, offset, 0, len(dynamic), len(dynamic), 8),
        (3, 4, 0, 0, 0, 0, 0, 1),
        (0x6474E552, 4, 0, 0, 0, 0, 0, 1),
    ]
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<2HL3QL6H", kind, 62, 1, 0, 64, 0, 0, 64, 56, 4, 0, 0, 0)
    return head + b"".join(struct.pack("<2L6Q", *segment) for segment in segments) + text + dynamic


CHECK = TreeCheck(
    id="unhardened-program",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    persona=Persona.PEDANTIC,
    asks="Were programs of the application built without the defences of compiler and linker?",
    remedy="Build with -fPIE -pie -fstack-protector-strong -D_FORTIFY_SOURCE=2 -Wl,-z,relro,-z,now (Go: -buildmode=pie).",
    run=run,
    keeps=(PROGRAMS,),
    catches=(
        Grove((Planted("app/server", _elf(2, "libc.so.6", "__stack_chk_fail", now=True), 0o755),)),
        Grove((Planted("app/server", _elf(3, "libc.so.6", "__stack_chk_fail"), 0o755),)),
        Grove((Planted("app/server", _elf(3, "libc.so.6", now=True), 0o755),)),
    ),
    passes=(
        Grove((Planted("app/server", _elf(3, "libc.so.6", "__stack_chk_fail", now=True), 0o755),)),
        Grove((Planted("usr/bin/old", _elf(2, "libc.so.6"), 0o755, owner="old"),)),
    ),
)
