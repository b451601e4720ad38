"""Patterns of `*`, `?` and sets against a text, in time linear in both: every state is one bit of a number, no pattern can make it explode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Token(NamedTuple):
    """One part of a pattern: a character, `?`, `*` (not past a separator), `**` (past everything), or a set."""

    kind: str
    """`char`, `any` (but a separator), `every`, `star`, `stars` (past separators), `folders` (`**/`: nothing, or up to a separator) or `set`."""
    text: str = ""
    """The character; of a set its members and `a-z` ranges as pairs of characters, one after the other."""
    negated: bool = False


class Masks:
    """The places of each character in a text, as bits: bit *i* is set where character *i* is the one asked for."""

    __slots__ = ("_places", "full", "size", "slashes")

    def __init__(self, text: str) -> None:
        places: dict[str, int] = {}
        by_char: dict[str, list[int]] = {}
        for index, char in enumerate(text):
            by_char.setdefault(char, []).append(index)
        for char, found in by_char.items():
            bits = bytearray(len(text) // 8 + 1)
            for index in found:
                bits[index >> 3] |= 1 << (index & 7)
            places[char] = int.from_bytes(bits, "little")
        self._places = places
        self.size = len(text)
        self.full = (1 << (self.size + 1)) - 1
        self.slashes = places.get("/", 0)

    def of(self, token: Token) -> int:
        """Return where a token matches one character."""
        match token.kind:
            case "char":
                return self._places.get(token.text, 0)
            case "any":
                return self.full >> 1 & ~self.slashes
            case "every":
                return self.full >> 1
            case _:
                pairs = list(zip(token.text[::2], token.text[1::2], strict=False))
                found = 0
                for char, places in self._places.items():
                    if any(low <= char <= high for low, high in pairs) is not token.negated and char != "/":
                        found |= places
                return found


def ends(tokens: Sequence[Token], masks: Masks, starts: int = 1) -> int:
    """Return the offsets at which a match may end that begins at one of `starts`, as bits."""
    reach = starts
    for token in tokens:
        if not reach:
            return 0
        if token.kind == "stars":
            lowest = reach & -reach
            reach = masks.full & ~(lowest - 1)
        elif token.kind == "folders":
            lowest = reach & -reach
            reach |= masks.slashes << 1 & ~(lowest - 1)
        elif token.kind == "star":
            # A carry runs from each place through the characters that are no separator, and stops behind the last of them.
            free = masks.full >> 1 & ~masks.slashes
            reach = (reach | ((reach & free) + free) ^ free) & masks.full
        else:
            reach = (reach & masks.of(token)) << 1
    return reach
