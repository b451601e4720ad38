"""An SSH server that lets root or empty passwords in."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.commands import commands
from pratique.catalog.ecosystem import Keep
from pratique.catalog.observer import MIB
from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Severity

ROLE = "tree:sshd"
OPEN = {
    ("permitrootlogin", "yes"): ("root may log in with a password", None),
    ("permitemptypasswords", "yes"): ("accounts without a password may log in", Severity.HIGH),
    ("passwordauthentication", "yes"): ("passwords let people in, and can be guessed", Severity.LOW),
    ("strictmodes", "no"): ("it takes keys from files that others may write", None),
    ("hostbasedauthentication", "yes"): ("it trusts other machines to say who one is", None),
}
"""sshd_config(5): the first value of a keyword counts."""


def run(nodes: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to settings of sshd_config, where there is a server that reads it."""
    if not commands(nodes, tree):
        return
    for document in tree.documents(ROLE):
        if document.root not in tree.roots:
            continue
        seen: set[str] = set()
        for number, line in enumerate(document.data.decode("utf-8", "replace").split("\n"), 1):
            words = line.replace("=", " ", 1).split()
            if len(words) < 2 or words[0].startswith("#") or words[0].lower() in seen:
                continue
            if words[0].lower() == "match":
                break
            seen.add(words[0].lower())
            if (found := OPEN.get((words[0].lower(), words[1].strip('"').lower()))) is not None:
                yield Hit(document.path, found[0], number, severity=found[1])


CHECK = TreeCheck(
    id="ssh-server-open",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does an SSH server let in root, passwords or anyone?",
    remedy="Remove the server; where it must stay: PermitRootLogin no, PasswordAuthentication no.",
    run=run,
    select=Select(names=frozenset({"sshd"})),
    keeps=(Keep(ROLE, ("etc/ssh/sshd_config", "etc/ssh/sshd_config.d/*.conf"), limit=MIB, blind=False),),
    catches=(
        Grove((Planted("usr/sbin/sshd", b"x", 0o755), Planted("etc/ssh/sshd_config", b"Port 22\nPermitRootLogin yes\n"))),
        Grove((Planted("usr/sbin/sshd", b"x", 0o755), Planted("etc/ssh/sshd_config.d/a.conf", b'PermitEmptyPasswords = "yes"\n'))),
    ),
    passes=(
        Grove((Planted("usr/sbin/sshd", b"x", 0o755), Planted("etc/ssh/sshd_config", b"PermitRootLogin no\nPermitRootLogin yes\n#StrictModes no\n"))),
        Grove((Planted("etc/ssh/sshd_config", b"PermitRootLogin yes\n"),)),
    ),
)
