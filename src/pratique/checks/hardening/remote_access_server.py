"""A server for logins is a second way into a container, past the engine and its log."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.commands import commands
from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Severity

CLEAR = frozenset(
    {"telnetd", "in.telnetd", "rshd", "in.rshd", "rlogind", "in.rlogind", "rexecd", "in.rexecd", "tftpd", "in.tftpd", "vsftpd", "proftpd"}
)
"""Those that send what they carry, passwords among it, in the clear."""
OTHERS = frozenset({"sshd", "dropbear", "x11vnc", "Xvnc", "Xtigervnc", "vncserver", "xrdp", "gotty", "ttyd", "shellinaboxd", "sliver-server"})


def run(nodes: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to each server of logins, terminals or desktops."""
    for node in commands(nodes, tree):
        if node.name in CLEAR:
            yield Hit(node.path, f"{node.name} lets people in over the network, in the clear", severity=Severity.HIGH)
        else:
            yield Hit(node.path, f"{node.name} lets people in over the network")


CHECK = TreeCheck(
    id="remote-access-server",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Is there a server by which people log in?",
    remedy="Remove it. Enter a container with the engine (docker exec, kubectl exec), whose log says who did.",
    run=run,
    select=Select(names=CLEAR | OTHERS),
    catches=(Grove((Planted("usr/sbin/sshd", b"x", 0o755, owner="openssh-server"),)), Grove((Planted("usr/sbin/in.telnetd", b"x", 0o755),))),
    passes=(
        Grove((Planted("etc/pam.d/sshd", b"x"), Planted("usr/bin/ssh", b"x", 0o755))),
        Grove((Planted("usr/sbin/telnetd", type="l", link="busybox"),)),
    ),
)
