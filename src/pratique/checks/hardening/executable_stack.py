"""A program whose stack may be executed runs what an attacker writes there: the oldest way in."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pratique.catalog.programs import PROGRAMS, programs
from pratique.catalog.tree import Node, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Severity


def run(_: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to each program and library that asks for it and that no package of the distribution brought."""
    found = [path for path, program in programs(tree).items() if program.defences is not None and program.defences.stack_executable]
    owners = tree.owners(found)
    for path in found:
        if path not in owners and not path.startswith(("usr/lib/debug/", "boot/")):
            yield Hit(path, "its stack may be executed (no PT_GNU_STACK, or one with the flag X)")


def _elf(stack: int | None) -> bytes:
    """Return the head of an x86-64 program: one loaded segment and, maybe, PT_GNU_STACK with these flags."""
    segments = [(1, 5, 0, 0, 0, 200, 200, 4096), *([] if stack is None else [(0x6474E551, stack, 0, 0, 0, 0, 0, 16)])]
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<2HL3QL6H", 3, 62, 1, 0, 64, 0, 0, 64, 56, len(segments), 0, 0, 0)
    return head + b"".join(struct.pack("<2L6Q", *segment) for segment in segments)


CHECK = TreeCheck(
    id="executable-stack",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Do programs of the application run with an executable stack?",
    remedy="Link with -z noexecstack; an object made from assembler needs a .note.GNU-stack section. Where none is yours, ask the publisher.",
    run=run,
    keeps=(PROGRAMS,),
    catches=(Grove((Planted("app/server", _elf(7), 0o755),)), Grove((Planted("app/lib.so", _elf(None)),))),
    passes=(
        Grove((Planted("app/server", _elf(6), 0o755),)),
        Grove((Planted("usr/bin/old", _elf(7), 0o755, owner="old"),)),
        Grove((Planted("app/server", b"\x7fELF garbage", 0o755),)),
    ),
)
