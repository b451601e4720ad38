"""The user of the image's configuration decides who the process is, unless whoever starts it says otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.accounts import ACCOUNTS, accounts
from pratique.catalog.tree import Node, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Config, Kind, Severity

ROOT = frozenset({"root", "0"})


def run(_: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to an image whose process starts as root, also by another name of its own passwd. A plain folder has no user and is not judged."""
    image = tree.image
    if image.source == "dir" or image.platform.os == "windows":
        return
    user = image.config.user.split(":")[0].strip()
    if not user:
        yield Hit("config:user", "the container runs as root: the image names no user")
    elif user in ROOT or (user.isdecimal() and int(user) == 0):
        yield Hit("config:user", f"the container runs as root: the image's user is {user!r}")
    else:
        for root, path, lines in accounts(tree, "etc/passwd"):
            if not root and any(account.name == user and account.uid == 0 for account in lines):
                yield Hit("config:user", f"the container runs as root: the image's user is {user!r}, which has user id 0 in its {path}")


_PASSWD = Planted("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n")

CHECK = TreeCheck(
    id="user-root",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does the container run as root?",
    remedy="End the Dockerfile's final stage with USER and an unprivileged account, best a number such as 65532.",
    run=run,
    keeps=(ACCOUNTS,),
    catches=(
        Grove(),
        Grove(config=Config(user="root")),
        Grove(config=Config(user="0:0")),
        Grove(config=Config(user="00")),
        Grove((_PASSWD,), Config(user="toor")),
    ),
    passes=(
        Grove(config=Config(user="app")),
        Grove(config=Config(user="65532")),
        Grove(config=Config(user="1000:0")),
        Grove((_PASSWD,), Config(user="app")),
    ),
    aliases=("CIS-DI-0001", "CIS-4.1", "DL3002", "DS-0002", "AVD-DS-0002"),
)
