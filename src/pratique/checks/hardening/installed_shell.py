"""With a shell in the image, whoever gets in has one too."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.commands import commands, names
from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Persona, Severity

NAMES = frozenset({"sh", "ash", "bash", "dash", "zsh", "ksh", "mksh", "fish", "csh", "tcsh", "busybox", "rbash", "pwsh"})


def run(nodes: list[Node], tree: Tree) -> Iterator[Hit]:
    """Yield one hit a layer that brings any, with their names."""
    found = commands(nodes, tree)
    for layer in sorted({node.layer for node in found}):
        group = [node for node in found if node.layer == layer]
        yield Hit(group[0].path, f"a shell is there: {names(group)}", layer=layer)


CHECK = TreeCheck(
    id="installed-shell",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    persona=Persona.PEDANTIC,
    asks="Is there a shell in the image?",
    remedy="Build the final stage on a base without one (scratch, distroless), where the application needs none.",
    run=run,
    select=Select(names=NAMES, types="fhl"),
    catches=(Grove((Planted("bin/sh", type="l", link="dash"), Planted("bin/dash", b"x", 0o755))),),
    passes=(Grove((Planted("app/server", b"x", 0o755), Planted("etc/sh", b"x", 0o755))), Grove((Planted("bin/sh", b"x", 0o644),))),
    aliases=("CIS-4.3",),
)
