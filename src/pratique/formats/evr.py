"""The order of RPM versions: epoch, version, release, compared segment by segment.

Source: `rpmvercmp` (`rpmio/rpmvercmp.c`) and `rpmVerParse` (`rpmio/rpmver.c`) of rpm; https://rpm-software-management.github.io/rpm/man/rpm-version.7
describes them. One thing differs, since an order must be total: a missing release is older than any, where rpm lets it match all of them.
"""

from __future__ import annotations

import re
from typing import TypeAlias

Segment: TypeAlias = "tuple[int] | tuple[int, str] | tuple[int, int, str]"
Key: TypeAlias = "tuple[tuple[int, str], tuple[Segment, ...], tuple[Segment, ...]]"

_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
_TILDE: Segment = (0,)
_END: Segment = (1,)
_CARET: Segment = (2,)
_LETTERS, _DIGITS = 3, 4
"""At one place: a tilde is older than the end, the end than a caret, that than letters, those than digits."""


def split(text: str) -> tuple[str, str, str]:
    """Return epoch (empty: none is written), version and release (empty: none) of `[epoch:]version[-release]`."""
    head, colon, rest = text.partition(":")
    epoch = ""
    if colon and (not head or (head.isascii() and head.isdigit())):
        epoch, text = head or "0", rest
    version, dash, release = text.rpartition("-")
    return (epoch, version, release) if dash else (epoch, release, "")


def key(text: str) -> Key:
    """Return a key that orders as rpm does; a missing epoch is 0. Raises `ValueError` for an empty text or one with white space in it."""
    if not text or not text.isprintable() or " " in text:
        raise ValueError(f"no RPM version: {text!r}")
    epoch, version, release = split(text)
    epoch = epoch.lstrip("0")
    return (len(epoch), epoch), segments(version), segments(release)


def segments(text: str) -> tuple[Segment, ...]:
    """Return the segments of a version or release, as a key. Separators count for nothing but to separate."""
    return (*map(_segment, _SEGMENT.findall(text)), _END)


def _segment(text: str) -> Segment:
    if text == "~":
        return _TILDE
    if text == "^":
        return _CARET
    if text[0] > "9":
        return _LETTERS, text
    digits = text.lstrip("0")
    return _DIGITS, len(digits), digits  # as long as it may be: never an integer
