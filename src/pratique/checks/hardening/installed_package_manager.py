"""A package manager fetches for whoever gets in what the image does not have."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.commands import commands, names
from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Persona, Severity

NAMES = frozenset(
    {
        "apt",
        "apt-get",
        "aptitude",
        "dpkg",
        "apk",
        "rpm",
        "dnf",
        "microdnf",
        "yum",
        "zypper",
        "tdnf",
        "pacman",
        "pip",
        "pip3",
        "npm",
        "yarn",
        "pnpm",
        "gem",
        "composer",
        "conda",
        "uv",
    }
)


def run(nodes: list[Node], tree: Tree) -> Iterator[Hit]:
    """Yield one hit a layer that brings any, with their names."""
    found = commands(nodes, tree)
    for layer in sorted({node.layer for node in found}):
        group = [node for node in found if node.layer == layer]
        yield Hit(group[0].path, f"package managers are there: {names(group)}", layer=layer)


CHECK = TreeCheck(
    id="installed-package-manager",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    persona=Persona.PEDANTIC,
    asks="Are there package managers in the image?",
    remedy="Install in an earlier stage, and build the final one on a base without them; keep the package database, so that scanners can read it.",
    run=run,
    select=Select(names=NAMES, types="fhl"),
    catches=(
        Grove((Planted("usr/bin/apt-get", b"x", 0o755),)),
        Grove((Planted("usr/local/bin/pip3", b"x", 0o755), Planted("sbin/apk", b"x", 0o755))),
    ),
    passes=(Grove((Planted("usr/bin/apt-key.gpg", b"x", 0o755), Planted("usr/lib/apt", mode=0o755, type="d"))),),
    aliases=("CIS-4.3",),
)
