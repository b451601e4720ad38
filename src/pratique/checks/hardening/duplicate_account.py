"""Two accounts of one id are one account with two names: what one may, the other may, and logs name the wrong one."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.accounts import ACCOUNTS, Account, accounts
from pratique.catalog.tree import Node, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Severity


def run(_: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to names and numbers that stand twice. A second account of user id 0 is said by `second-root-account`."""
    for _root, path, lines in accounts(tree, "etc/passwd"):
        yield from _twice(path, "user name", [(account.name, account) for account in lines])
        yield from _twice(path, "user id", [(str(account.uid), account) for account in lines if account.uid > 0])
    for _root, path, lines in accounts(tree, "etc/group"):
        yield from _twice(path, "group name", [(account.name, account) for account in lines])
        yield from _twice(path, "group id", [(str(account.gid), account) for account in lines if account.gid >= 0])


def _twice(path: str, what: str, keyed: list[tuple[str, Account]]) -> Iterator[Hit]:
    first: dict[str, Account] = {}
    for key, account in keyed:
        before = first.setdefault(key, account)
        if before is not account:
            yield Hit(path, f"the {what} {key} stands there twice: {before.name}, {account.name}", account.line)


CHECK = TreeCheck(
    id="duplicate-account",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Do two users or groups share a name or a number?",
    remedy="Give each its own number (useradd and groupadd without --non-unique), or remove one.",
    run=run,
    keeps=(ACCOUNTS,),
    catches=(
        Grove((Planted("etc/passwd", b"a:x:1000:1000::/:/bin/sh\nb:x:1000:1001::/:/bin/sh\n"),)),
        Grove((Planted("etc/passwd", b"a:x:1000:1000::/:/bin/sh\na:x:1001:1001::/:/bin/sh\n"),)),
        Grove((Planted("etc/group", b"a:x:1000:\nb:x:1000:\n"),)),
    ),
    passes=(
        Grove((Planted("etc/passwd", b"a:x:1000:1000::/:/bin/sh\nb:x:1001:1000::/:/bin/sh\n"), Planted("etc/group", b"a:x:1000:b\n"))),
        Grove((Planted("etc/passwd", b"root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n"),)),
    ),
    aliases=("DKL-LI-0002",),
)
