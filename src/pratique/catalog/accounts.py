"""The accounts of a system: passwd(5), shadow(5), group(5). What stands for a password is reduced to its kind as it passes; it is never kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from pratique.catalog.ecosystem import Keep
from pratique.catalog.observer import MIB, Member
from pratique.catalog.tree import Tree

ROLE = "tree:accounts"
MAX_ACCOUNTS = 20_000
"""Lines of one file that are read: no image has as many accounts."""
FILES = ("etc/passwd", "etc/shadow", "etc/group")

EMPTY, LOCKED, ELSEWHERE, DES, MD5, STRONG, OTHER = "empty", "locked", "elsewhere", "DES", "MD5", "strong", "other"
"""Kinds of passwords (crypt(5)). Elsewhere: `x`, it stands in shadow."""
_DES = re.compile(rb"[./0-9A-Za-z]{13}|_[./0-9A-Za-z]{19}")
_STRONG = (b"$2", b"$5$", b"$6$", b"$7$", b"$y$", b"$gy$", b"$argon2")


class Account(msgspec.Struct, array_like=True, frozen=True):
    """One line of one of the files. `uid` and `gid`: -1 where the file does not say; `line` from 1."""

    name: str
    password: str
    uid: int = -1
    gid: int = -1
    shell: str = ""
    line: int = 0


def kind(password: bytes) -> str:
    """Return what kind of password a field holds: crypt(5), shadow(5)."""
    if not password:
        return EMPTY
    if password == b"x":
        return ELSEWHERE
    if password[:1] in b"!*":
        return LOCKED
    if password.startswith((b"$1$", b"$md5")):
        return MD5
    if password.startswith(_STRONG):
        return STRONG
    return DES if _DES.fullmatch(password) else OTHER


def _reduce(member: Member, file: BinaryIO) -> Iterator[bytes]:
    which = member.name
    found = []
    for number, line in enumerate(file.read().split(b"\n")[:MAX_ACCOUNTS], 1):
        fields = line.rstrip(b"\r").split(b":")
        if len(fields) < 2 or not fields[0] or fields[0][:1] in b"#+-":
            continue
        uid = gid = -1
        if which == "passwd" and len(fields) > 3:
            uid, gid = _number(fields[2]), _number(fields[3])
        elif which == "group" and len(fields) > 2:
            gid = _number(fields[2])
        shell = _text(fields[6]) if which == "passwd" and len(fields) > 6 else ""
        found.append(Account(_text(fields[0]), kind(fields[1]), uid, gid, shell, number))
    yield msgspec.msgpack.encode(found)


def _number(field: bytes) -> int:
    return int(field) if field.isdigit() and len(field) <= 10 else -1


def _text(field: bytes) -> str:
    return field[:64].decode("utf-8", "backslashreplace")


ACCOUNTS = Keep(ROLE, FILES, limit=MIB, blind=False, reduce=_reduce)
"""What checks of accounts want kept."""


def accounts(tree: Tree, file: str) -> Iterator[tuple[str, str, list[Account]]]:
    """Yield root, path and lines of one of the files (`etc/passwd`) for each root file system of the image."""
    for document in tree.documents(ROLE):
        if document.root in tree.roots and document.path == (f"{document.root}/{file}" if document.root else file):
            yield document.root, document.path, msgspec.msgpack.decode(document.data, type=list[Account])
