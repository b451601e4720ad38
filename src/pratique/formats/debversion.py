"""The order of Debian's versions, as dpkg has it (deb-version(7); lib/dpkg/version.c)."""

from __future__ import annotations

import re

MAX_VERSION = 256
"""Characters of a version: the longest of the archive has some 60."""
MAX_EPOCH = 2**31 - 1
"""`INT_MAX`, as dpkg has it."""

_RANK = {ord("~"): "\0"} | {code: chr(code + 256) for code in range(33, 127) if not chr(code).isalnum() and code != ord("~")}
"""`~` before the end of a part, which is before letters, which are before all else (deb-version(7), "Sorting algorithm")."""
_END = "\x01"
_DIGITS = re.compile(r"([0-9]+)")
_PRINTABLE = re.compile(r"[!-~]+")
_Key = tuple[str | int, ...]


def order(version: str) -> tuple[int, _Key, _Key]:
    """Return the key of a version, `[epoch:]upstream[-revision]`; a missing epoch or revision is 0. Raises `ValueError` as dpkg would."""
    version = version.strip()
    if len(version) > MAX_VERSION or not _PRINTABLE.fullmatch(version):
        raise ValueError(f"not a Debian version: {version[:60]!r}")
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    if not (epoch.isdecimal() and int(epoch) <= MAX_EPOCH):
        raise ValueError(f"the epoch of a Debian version is no number: {version[:60]!r}")
    upstream, hyphen, revision = rest.rpartition("-")
    if not hyphen:
        upstream, revision = rest, "0"
    if not (upstream and revision):
        raise ValueError(f"a Debian version with an empty part: {version[:60]!r}")
    return int(epoch), _key(upstream), _key(revision)


def _key(part: str) -> _Key:
    """Text and numbers in turn, from text; both are closed, so that what is longer compares with an end."""
    pieces: list[str | int] = list(_DIGITS.split(part.translate(_RANK)))
    if pieces[-1]:
        pieces += (0, "")
    pieces[1::2] = map(int, pieces[1::2])
    pieces[::2] = [f"{text}{_END}" for text in pieces[::2]]
    return tuple(pieces)
