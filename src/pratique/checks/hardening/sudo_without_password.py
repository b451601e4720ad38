"""Where an account may become root without a password, its user is root."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.catalog.ecosystem import Keep
from pratique.catalog.observer import MIB
from pratique.catalog.tree import Node, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Severity

ROLE = "tree:sudoers"
_RULE = re.compile(r"\s*(?!Defaults|#|@|User_Alias|Runas_Alias|Host_Alias|Cmnd_Alias)(\S+)\s[^#]*=[^#]*\bNOPASSWD\s*:\s*([^#]*)")


def run(_: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to each rule of sudoers(5) or doas.conf(5) that asks for no password."""
    for document in tree.documents(ROLE):
        if document.root not in tree.roots:
            continue
        doas = document.path.endswith(".conf")
        for number, line in enumerate(document.data.decode("utf-8", "replace").split("\n"), 1):
            if doas:
                words = line.split()
                if words[:1] == ["permit"] and "nopass" in words:
                    yield Hit(document.path, f"{words[-1][:40]} may become another user without a password", number)
            elif (rule := _RULE.match(line)) is not None:
                what = "whatever it likes" if rule[2].strip().startswith("ALL") else "some commands"
                yield Hit(document.path, f"{rule[1][:40]} may run {what} as another user without a password", number)


CHECK = TreeCheck(
    id="sudo-without-password",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="May an account become root without a password?",
    remedy="Remove sudo: a container starts as the user it needs (USER), and what needs root is done in the build.",
    run=run,
    keeps=(Keep(ROLE, ("etc/sudoers", "etc/sudoers.d/*", "etc/doas.conf", "etc/doas.d/*"), limit=MIB, blind=False),),
    catches=(
        Grove((Planted("etc/sudoers", b"root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL) NOPASSWD: ALL\n", 0o440),)),
        Grove((Planted("etc/sudoers.d/app", b"app ALL=(root) NOPASSWD:/usr/bin/apt\n", 0o440),)),
        Grove((Planted("etc/doas.conf", b"permit nopass :wheel\n", 0o440),)),
    ),
    passes=(
        Grove((Planted("etc/sudoers", b"# %wheel ALL=(ALL) NOPASSWD: ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n", 0o440),)),
        Grove((Planted("usr/share/doc/etc/sudoers", b"a ALL=(ALL) NOPASSWD: ALL\n"), Planted("etc/doas.conf", b"permit persist :wheel\n"))),
    ),
    aliases=("DKL-DI-0001",),
)
