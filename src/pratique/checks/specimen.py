"""Writes texts that rules catch: examples are made, so that no credential that works, or looks as if, lies in the source."""

from __future__ import annotations

import hashlib
import re
from functools import cache

_PRINTABLE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + "!#$%&*+,-./:;=?_~^| \t\r\n\"'@(){}[]<>`\\"


@cache
def letters(chars: str) -> str:
    """Return characters of a class: letters and digits, or what else it has where it has none of these."""
    pattern = re.compile(chars, re.ASCII)
    found = [letter for letter in _PRINTABLE if pattern.fullmatch(letter)]
    return "".join([letter for letter in found if letter.isalnum()] or found)


def free(seed: str, chars: str, size: int) -> str:
    """Return `size` characters of a class that look random and are the same in every run."""
    among = letters(chars)
    stream = b"".join(hashlib.sha256(f"{seed}/{block}".encode()).digest() for block in range(size // 32 + 1))
    return "".join(among[byte % len(among)] for byte in stream[:size])


def shortest(pattern: str) -> str:
    """Return a short text that a pattern matches: first alternatives, least repetitions. Knows what rules are written with, no more."""
    text, rest = _branch(pattern)
    if rest:
        raise ValueError(f"no example can be made of {rest!r}")
    return text


def _branch(pattern: str) -> tuple[str, str]:
    """Return the text of the first alternative, and what follows the group's end."""
    out, other = "", False
    while pattern and pattern[0] != ")":
        if pattern[0] == "|":
            other, pattern = True, pattern[1:]
            continue
        atom, pattern = _atom(pattern)
        repeat = re.match(r"\?|\*|\+|\{(\d+)(?:,\d*)?\}", pattern)
        times = 1
        if repeat is not None:
            pattern = pattern[repeat.end() :].removeprefix("?")
            times = int(repeat[1]) if repeat[1] else int(repeat[0] == "+")
        if not other:
            out += atom * times
    return out, pattern


def _atom(pattern: str) -> tuple[str, str]:
    if pattern.startswith("("):
        text, rest = _branch(re.sub(r"^\((?:\?(?:i)?:)?", "", pattern))
        return text, rest[1:]
    if pattern.startswith("["):
        end = pattern.index("]", 2)
        while pattern[end - 1] == "\\":
            end = pattern.index("]", end + 1)
        return letters(pattern[: end + 1])[0], pattern[end + 1 :]
    if pattern.startswith("\\"):
        if pattern[1] == "x":
            return chr(int(pattern[2:4], 16)), pattern[4:]
        return {"s": " ", "n": "\n", "r": "\r", "t": "\t"}.get(pattern[1], pattern[1]), pattern[2:]
    return ("" if pattern[0] == "^" else pattern[0]), pattern[1:]
