"""A setuid or setgid program runs with its owner's rights whoever starts it: each is a way up for whoever gets in."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Severity

SETUID, SETGID, GROUP_EXECUTE = 0o4000, 0o2000, 0o010
WORLD_WRITABLE = 0o002


def run(nodes: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to each program with the bits that no package of the distribution brought so; most to those anyone may change.

    The setgid bit of a file that its group may not execute means mandatory locking, not a right (chmod(2)).
    """
    nodes = [node for node in nodes if node.mode & SETUID or (node.mode & SETGID and node.mode & GROUP_EXECUTE)]
    owners = tree.owners([node.path for node in nodes])
    for node in nodes:
        bit, whose = ("setuid", f"user {node.uid}") if node.mode & SETUID else ("setgid", f"group {node.gid}")
        if node.mode & SETUID and node.uid == 0:
            whose = "root"
        if node.mode & WORLD_WRITABLE:
            yield Hit(node.path, f"{bit} to {whose} and writable by everyone ({node.mode:04o})", severity=Severity.CRITICAL)
        elif node.path not in owners:
            yield Hit(node.path, f"{bit} to {whose}, and no package of the distribution brought it so")


CHECK = TreeCheck(
    id="setuid-file",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Are there programs that run with their owner's rights, beyond those the distribution ships?",
    remedy="Remove the bits where nobody needs them (RUN chmod a-s FILE), or the package; and start containers with no-new-privileges.",
    run=run,
    select=Select(bits=SETUID | SETGID),
    catches=(
        Grove((Planted("usr/bin/su", b"x", 0o4777, owner="login"),)),
        Grove((Planted("usr/local/bin/up", b"x", 0o4755),)),
        Grove((Planted("opt/tool", b"x", 0o2755, gid=42),)),
        Grove((Planted("usr/bin/python3", b"x", 0o755, owner="python3"), Planted("usr/bin/python3", b"x", 0o4755, layer=1))),
    ),
    passes=(
        Grove((Planted("usr/bin/ls", b"x", 0o755, owner="coreutils"),)),
        Grove((Planted("usr/bin/su", b"x", 0o4755, owner="login"),)),
        Grove((Planted("var/mail", mode=0o2775, type="d"),)),
        Grove((Planted("srv/lock", b"x", 0o2644),)),
        Grove((Planted("usr/bin/su", b"x", 0o4755, owner="login"), Planted("usr/bin/su", b"x", 0o755, layer=1))),
        Grove((Planted("usr/bin/su", b"x", 0o4755, owner="login"), Planted("etc/x", layer=1)), whiteouts=("usr/bin/su",)),
    ),
    aliases=("CIS-DI-0008", "CIS-4.8"),
)
