"""The setuid programs and file capabilities that the distribution ships are few and known; most containers need none of them."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Persona, Severity

SETUID, SETGID, GROUP_EXECUTE = 0o4000, 0o2000, 0o010


def run(nodes: list[Node], tree: Tree) -> Iterator[Hit]:
    """Yield each program with setuid, setgid or capabilities that a package of the distribution brought so."""
    owners = tree.owners([node.path for node in nodes])
    for node in nodes:
        if node.path not in owners:
            continue
        name = owners[node.path].partition("@")[0].rpartition("/")[2]
        if node.mode & SETUID:
            yield Hit(node.path, f"setuid to {'root' if node.uid == 0 else f'user {node.uid}'}, as the package {name} brings it")
        elif node.mode & SETGID and node.mode & GROUP_EXECUTE:
            yield Hit(node.path, f"setgid to group {node.gid}, as the package {name} brings it")
        elif node.capabilities:
            yield Hit(node.path, f"has file capabilities, as the package {name} brings it")


CHECK = TreeCheck(
    id="setuid-shipped",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    persona=Persona.PEDANTIC,
    asks="Which programs of the distribution run with other rights than their user's?",
    remedy="Remove the bits (RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} +), or build on a base without these packages.",
    run=run,
    select=Select(bits=SETUID | SETGID, capabilities=True),
    catches=(
        Grove((Planted("usr/bin/su", b"x", 0o4755, owner="login"),)),
        Grove((Planted("usr/bin/chage", b"x", 0o2755, gid=42, owner="passwd"),)),
        Grove((Planted("usr/bin/ping", b"x", 0o755, capabilities=b"\1\0\0\2", owner="iputils-ping"),)),
    ),
    passes=(Grove((Planted("usr/local/bin/up", b"x", 0o4755),)), Grove((Planted("usr/bin/ls", b"x", 0o755, owner="coreutils"),))),
    aliases=("CIS-DI-0008", "CIS-4.8"),
)
