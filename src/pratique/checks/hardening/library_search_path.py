"""A program that looks for its libraries where others may write loads theirs."""

from __future__ import annotations

import posixpath
import struct
from collections.abc import Iterator

from pratique.catalog.programs import PROGRAMS, programs
from pratique.catalog.tree import Node, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Severity

WRITABLE = 0o002
SHARED = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - named, not used
MAX_FOLDERS = 64
"""Folders of one run path that are looked at."""
_ORIGIN = ("$ORIGIN", "${ORIGIN}")


def run(_: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to run paths (DT_RPATH, DT_RUNPATH: ld.so(8)) that are relative, or lead where everyone may write."""
    found = [(path, program.defences.run_path) for path, program in programs(tree).items() if program.defences and program.defences.run_path]
    owners = tree.owners([path for path, _ in found])
    for path, text in found:
        if path in owners:
            continue
        for folder in dict.fromkeys(text.split(":")[:MAX_FOLDERS]):
            if why := _open(tree, path, folder):
                yield Hit(path, why)


def _open(tree: Tree, path: str, folder: str) -> str:
    if not folder:
        return "it looks for libraries in the folder one happens to be in (an empty part of its run path)"
    for origin in _ORIGIN:
        folder = folder.replace(origin, "/" + path.rpartition("/")[0])
    if not folder.startswith(("/", "$")):
        return f"it looks for libraries in the relative folder {folder[:80]}"
    place = posixpath.normpath(folder)
    at = tree.resolve(place.strip("/"))
    node = tree.find(at) if at else None
    if (
        place.startswith(tuple(f"{shared}/" for shared in SHARED))
        or place in SHARED
        or (node is not None and node.type == "d" and node.mode & WRITABLE)
    ):
        return f"it looks for libraries in {folder[:80]}, where everyone may write"
    return ""


def _elf(run_path: str) -> bytes:
    """Return a small x86-64 library with this DT_RUNPATH."""
    names = b"\0" + run_path.encode() + b"\0"
    at = 64 + 2 * 56
    dynamic = struct.pack("<6Q", 5, at, 29, 1, 0, 0)
    offset = at + len(names)
    segments = [(1, 4, 0, 0, 0, offset + len(dynamic), offset + len(dynamic), 4096), (2, 6, offset, offset, 0, len(dynamic), len(dynamic), 8)]
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<2HL3QL6H", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    return head + b"".join(struct.pack("<2L6Q", *segment) for segment in segments) + names + dynamic


CHECK = TreeCheck(
    id="library-search-path",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Do programs of the application look for libraries where others may write?",
    remedy="Link with an absolute run path, or one that begins with $ORIGIN; chrpath and patchelf mend a finished file.",
    run=run,
    keeps=(PROGRAMS,),
    catches=(
        Grove((Planted("app/server", _elf("lib"), 0o755),)),
        Grove((Planted("app/server", _elf("/opt/lib:"), 0o755),)),
        Grove((Planted("app/server", _elf("/tmp/build/lib"), 0o755),)),  # noqa: S108 - as above
        Grove((Planted("app/server", _elf("$ORIGIN/lib"), 0o755), Planted("app/lib", mode=0o777, type="d"))),
    ),
    passes=(
        Grove((Planted("app/server", _elf("$ORIGIN/../lib:/opt/lib"), 0o755), Planted("opt/lib", mode=0o755, type="d"))),
        Grove((Planted("usr/bin/tool", _elf("lib"), 0o755, owner="tool"),)),
        Grove((Planted("app/server", _elf(""), 0o755),)),
    ),
)
