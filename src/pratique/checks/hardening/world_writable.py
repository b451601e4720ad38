"""What everyone may write, whoever gets in may replace: a script that root runs, a library, a configuration."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Severity

WRITABLE, STICKY, EXECUTABLE = 0o002, 0o1000, 0o111
CODE = ("bin/", "sbin/", "lib/", "lib64/", "usr/", "etc/", "opt/")
"""Where programs, libraries and configuration lie."""
MOUNTED = frozenset({"proc", "sys", "dev", "run/secrets"})
"""Folders over which the engine mounts something else."""


def run(nodes: list[Node], _: Tree) -> Iterator[Hit]:
    """Object to files, and folders without the sticky bit, that everyone may write. What lies below such a folder is not told again."""
    folders: list[str] = []
    for node in nodes:
        if any(node.path == folder or node.path.startswith(f"{folder}/") for folder in MOUNTED):
            continue
        if folders and node.path.startswith(folders[-1]):
            continue
        if node.type == "d":
            if node.mode & STICKY:
                continue
            folders.append(f"{node.path}/")
            severity = Severity.MEDIUM if node.path.startswith(CODE) else None
            yield Hit(node.path, f"everyone may write, replace and delete in this folder ({node.mode:04o})", severity=severity)
        elif node.mode & EXECUTABLE or node.path.startswith(CODE):
            yield Hit(node.path, f"everyone may write this file ({node.mode:04o})", severity=Severity.MEDIUM)
        else:
            yield Hit(node.path, f"everyone may write this file ({node.mode:04o})")


CHECK = TreeCheck(
    id="world-writable",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Which files and folders may everyone write?",
    remedy="Take the right away (COPY --chmod=0755, RUN chmod o-w PATH); where several users must write, use a group, and the sticky bit (1777).",
    run=run,
    select=Select(bits=WRITABLE, types="fhd"),
    catches=(
        Grove((Planted("app/start.sh", b"#!/bin/sh\n", 0o777),)),
        Grove((Planted("app/data", mode=0o777, type="d"),)),
        Grove((Planted("etc/app.conf", b"x", 0o666),)),
    ),
    passes=(
        Grove((Planted("tmp", mode=0o1777, type="d"), Planted("app/start.sh", b"#!/bin/sh\n", 0o755))),
        Grove((Planted("usr/bin/sh", mode=0o777, type="l", link="dash"),)),
        Grove((Planted("dev/null", mode=0o666, type="c"), Planted("dev/shm", mode=0o777, type="d"))),
    ),
)
