"""Whoever holds the key that is named here may log in to every container of the image."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Severity

NAMES = frozenset({"authorized_keys", "authorized_keys2"})


def run(nodes: list[Node], _: Tree) -> Iterator[Hit]:
    """Object to each file of keys that is not empty, where sshd(8) looks for them."""
    for node in nodes:
        folder = node.path.rpartition("/")[0]
        if (node.size or node.type == "h") and (folder.endswith(".ssh") or folder.startswith("etc/")):
            yield Hit(node.path, "names keys whose holders may log in")


CHECK = TreeCheck(
    id="authorized-keys",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Does the image let holders of certain keys log in?",
    remedy="Remove the file. Enter a container with the engine (docker exec, kubectl exec), whose log says who did.",
    run=run,
    select=Select(names=NAMES),
    catches=(
        Grove((Planted("root/.ssh/authorized_keys", b"ssh-ed25519 AAAA me\n", 0o600),)),
        Grove((Planted("etc/ssh/keys/authorized_keys", b"ssh-ed25519 AAAA me\n"),)),
    ),
    passes=(
        Grove((Planted("root/.ssh/authorized_keys", b"", 0o600),)),
        Grove((Planted("usr/share/doc/x/authorized_keys", b"an example\n"),)),
        Grove((Planted("root/.ssh/authorized_keys", b"ssh-ed25519 AAAA me\n"), Planted("a", layer=1)), whiteouts=("root/.ssh/authorized_keys",)),
    ),
)
