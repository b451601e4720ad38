"""An account without a password, or with one that is quickly guessed from its hash, is an account of everyone."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.accounts import ACCOUNTS, DES, EMPTY, MD5, OTHER, STRONG, accounts
from pratique.catalog.tree import Node, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Severity


def run(_: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to empty passwords and to hashes: weak ones most, strong ones because everyone who can pull the image has them."""
    for file in ("etc/passwd", "etc/shadow"):
        for _root, path, lines in accounts(tree, file):
            for account in lines:
                match account.password:
                    case kind if kind == EMPTY:
                        yield Hit(path, f"the account {account.name} has no password: whoever reaches a login is in", account.line)
                    case kind if kind in (DES, MD5):
                        yield Hit(path, f"the password of {account.name} is hashed with {kind}, which is guessed in hours", account.line)
                    case kind if kind in (STRONG, OTHER):
                        message = f"the account {account.name} has a password, whose hash everyone has who can pull the image"
                        yield Hit(path, message, account.line, severity=Severity.MEDIUM)


CHECK = TreeCheck(
    id="weak-password",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is there an account without a password, or with one in the image?",
    remedy="Lock the account (RUN passwd -l NAME, or `!` in /etc/shadow): nobody needs to log in to a container by a password.",
    run=run,
    keeps=(ACCOUNTS,),
    catches=(
        Grove((Planted("etc/shadow", b"root:::0:::::\n"),)),
        Grove((Planted("etc/passwd", b"root::0:0:root:/root:/bin/sh\n"),)),
        Grove((Planted("etc/shadow", b"me:$1$abcdefgh$0123456789012345678901:1:0:99999:7:::\n"),)),
        Grove((Planted("etc/shadow", b"me:abJnggxhB/yWI:1:0:99999:7:::\n"),)),
        Grove((Planted("etc/shadow", b"me:$6$salt$x:1:0:99999:7:::\n"),)),
    ),
    passes=(
        Grove((Planted("etc/shadow", b"root:*:1::::::\ndaemon:!:1::::::\nme:!$6$salt$x:1::::::\n"),)),
        Grove((Planted("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n\n# none\n"),)),
        Grove((Planted("usr/share/doc/x/etc/shadow", b"root:::0:::::\n"),)),
    ),
    aliases=("DKL-LI-0001",),
)
