"""Semantic Versioning 2.0.0, and what npm and Go make of it (semver.org; node-semver; golang.org/x/mod/semver)."""

from __future__ import annotations

import re

MAX_LENGTH = 256
"""Characters of a version: node-semver refuses longer ones."""

Key = tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]

_STRICT = re.compile(
    r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?",
    re.ASCII,
)
# node-semver's `loose`: leading zeros, `v` and `=` and spaces in front, a prerelease without hyphen.
_LOOSE = re.compile(
    r"[v=\s]*(\d+)\.(\d+)\.(\d+)(?:-?((?:\d*[a-zA-Z-][0-9a-zA-Z-]*|\d+)(?:\.(?:\d*[a-zA-Z-][0-9a-zA-Z-]*|\d+))*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?",
    re.ASCII,
)


def key(version: str, *, loose: bool = False) -> Key:
    """Return a key by which versions are ordered: their precedence (section 11). Build metadata is ignored (section 10).

    A leading `v` is no part of the version. Raises `ValueError` for what is no semantic version.
    """
    text = version.strip()
    match = (_LOOSE if loose else _STRICT).fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        raise ValueError(f"not a semantic version: {version[:80]!r}")
    major, minor, patch, prerelease = match.groups()
    # 11.3: a prerelease is lower than its release. 11.4: identifiers from left to right; numbers by value, below words; more identifiers win.
    identifiers = tuple((0, int(word), "") if word.isdecimal() else (1, 0, word) for word in prerelease.split(".")) if prerelease else ()
    return int(major), int(minor), int(patch), 0 if prerelease else 1, identifiers
