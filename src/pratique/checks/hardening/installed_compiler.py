"""A compiler in a production image builds for whoever gets in what the image does not have."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.commands import commands, names
from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Persona, Severity

NAMES = frozenset(
    {
        "gcc",
        "cc",
        "g++",
        "c++",
        "clang",
        "clang++",
        "cpp",
        "tcc",
        "as",
        "ld",
        "go",
        "rustc",
        "cargo",
        "javac",
        "ghc",
        "make",
        "cmake",
        "gdb",
        "strace",
        "ltrace",
        "gfortran",
        "nasm",
    }
)


def run(nodes: list[Node], tree: Tree) -> Iterator[Hit]:
    """Yield one hit a layer that brings any, with their names."""
    found = commands(nodes, tree)
    for layer in sorted({node.layer for node in found}):
        group = [node for node in found if node.layer == layer]
        yield Hit(group[0].path, f"compilers and debuggers are there: {names(group)}", layer=layer)


CHECK = TreeCheck(
    id="installed-compiler",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    persona=Persona.PEDANTIC,
    asks="Are there compilers or debuggers in the image?",
    remedy="Compile in a stage of its own and copy the result (FROM … AS build; COPY --from=build).",
    run=run,
    select=Select(names=NAMES, types="fhl"),
    catches=(
        Grove((Planted("usr/bin/gcc", type="l", link="gcc-12"), Planted("usr/bin/gcc-12", b"x", 0o755))),
        Grove((Planted("usr/bin/gdb", b"x", 0o755),)),
    ),
    passes=(Grove((Planted("usr/bin/ls", b"x", 0o755), Planted("usr/share/gcc", mode=0o755, type="d"))),),
    aliases=("CIS-4.3",),
)
