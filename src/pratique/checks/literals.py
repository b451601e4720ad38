"""Where literals occur in bytes, all of them in one pass: one regular expression shaped as a trie, so that each byte is looked at about once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

Trie = dict[int, "Trie"]
_END = -1


class Literals:
    """A set of literals, each with what it stands for. Overlapping occurrences are all found."""

    def __init__(self, meanings: Mapping[bytes, Iterable[int]]) -> None:
        self._meanings: dict[bytes, tuple[int, ...]] = {}
        for literal in meanings:
            begun = {meaning for other in meanings if literal.startswith(other) for meaning in meanings[other]}
            self._meanings[literal] = tuple(sorted(begun))
        self._pattern = re.compile(_expression(_trie(meanings)), re.DOTALL) if meanings else None

    def find(self, data: bytes) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield where a literal begins, and what it and those that it begins with stand for."""
        if self._pattern is None:
            return
        search, meanings = self._pattern.search, self._meanings
        match = search(data)
        while match is not None:
            yield match.start(), meanings[match[0]]
            match = search(data, match.start() + 1)


def _trie(literals: Iterable[bytes]) -> Trie:
    root: Trie = {}
    for literal in literals:
        node = root
        for byte in literal:
            node = node.setdefault(byte, {})
        node[_END] = {}
    return root


def _expression(node: Trie) -> bytes:
    """Write a trie as an expression: the longest literal is found where several begin at one place."""
    branches = [re.escape(bytes((byte,))) + _expression(child) for byte, child in sorted(node.items()) if byte != _END]
    if not branches:
        return b""
    ended = _END in node
    if len(branches) == 1 and not ended:
        return branches[0]
    return b"(?:" + b"|".join(branches) + b")" + (b"?" if ended else b"")
