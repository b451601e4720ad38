"""Every account with user id 0 is root, whatever it is called: a second one is a favourite back door."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.accounts import ACCOUNTS, accounts
from pratique.catalog.tree import Node, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Severity


def run(_: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to each account of user id 0 that is not called root."""
    for _root, path, lines in accounts(tree, "etc/passwd"):
        for account in lines:
            if account.uid == 0 and account.name != "root":
                yield Hit(path, f"the account {account.name} has user id 0: it is root by another name", account.line)


CHECK = TreeCheck(
    id="second-root",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is there another account that is root?",
    remedy="Remove the account, and find out which instruction made it.",
    run=run,
    keeps=(ACCOUNTS,),
    catches=(
        Grove((Planted("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nadmin:x:0:0::/root:/bin/sh\n"),)),
        Grove((Planted("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nadmin:x:000:0::/root:/bin/sh\n"),)),
    ),
    passes=(
        Grove((Planted("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nsync:x:5:0:sync:/sbin:/bin/sync\n"),)),
        Grove((Planted("opt/rootfs/etc/passwd", b"admin:x:0:0::/root:/bin/sh\n"),)),
    ),
)
