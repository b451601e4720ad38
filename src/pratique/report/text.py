"""Text for people, of data that strangers wrote: an image names its own files, packages and instructions.

A name may hold terminal commands (ECMA-48 escape sequences), line breaks, signs that turn the direction of writing (Unicode bidirectional
controls) or bytes that are not UTF-8. `visible` shows all of these as what they are; every format for people goes through it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_INVALID_BYTES = range(0xDC80, 0xDD00)
"""What Python's `surrogateescape` makes of the bytes 0x80 to 0xFF that are not UTF-8 (PEP 383)."""


def visible(text: str) -> str:
    r"""Return one line in which each character that does not print is written as an escape: `\n`, `\x1b`, `\xff` for a byte, `\u202e`."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else escape(character) for character in text)


def escape(character: str) -> str:
    r"""Return the escape of one character: `\xff` for an invalid byte, else as Python writes it."""
    code = ord(character)
    if code in _INVALID_BYTES:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return _NAMED.get(character, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def columns(text: str) -> int:
    """Return how many columns of a terminal a visible text takes; where terminals differ, the larger number."""
    return len(text) if text.isascii() else sum(map(_columns, text))


@lru_cache(maxsize=1 << 12)
def _columns(character: str) -> int:
    """Unicode Standard Annex 11: wide and fullwidth take two. A variation selector 16 may make the sign before it wide."""
    if unicodedata.category(character) in {"Mn", "Me"} and character != "\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def clip(text: str, width: int) -> str:
    """Return a visible text cut to `width` columns, its last one `…` where something is missing."""
    if columns(text) <= width:
        return text
    if width <= 0:
        return ""
    if text.isascii():
        return text[: width - 1] + "…"
    left = width - 1
    for index, character in enumerate(text):
        left -= _columns(character)
        if left < 0:
            return text[:index] + "…"
    return text  # pragma: no cover - the sum of the columns is above


def clip_start(text: str, width: int) -> str:
    """Return a visible text without its beginning, so that it takes `width` columns, its first one `…`: the end of a long name tells most."""
    if columns(text) <= width:
        return text
    return clip(text[::-1], width)[::-1]


def pad(text: str, width: int) -> str:
    """Return a visible text clipped to `width` columns and filled up with spaces."""
    text = clip(text, width)
    return text + " " * (width - columns(text))


def wrap(words: Iterable[str], width: int) -> Iterator[str]:
    """Yield lines of at most `width` columns out of visible words; a word that is longer is clipped."""
    line, used = "", 0
    for word in words:
        size = columns(word)
        if used and used + 1 + size > width:
            yield line
            line, used = "", 0
        if used:
            line, used = f"{line} {word}", used + 1 + size
        else:
            line = clip(word, width)
            used = columns(line)
    if line:
        yield line


def count(number: int, noun: str, plural: str = "") -> str:
    """Return `1 flaw`, `2 flaws`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def spans(numbers: Iterable[int]) -> str:
    """Return ascending numbers with their runs joined: `0-2,5`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def uri_path(path: str) -> str:
    """Return a path as the relative part of a URI (RFC 3986 section 3.3): bytes that are not UTF-8 are percent-encoded as they are."""
    return quote(path.encode("utf-8", "surrogateescape" if _paired(path) else "replace"), safe="/!$&'()*+,;=@~")


def _paired(path: str) -> bool:
    """Whether every surrogate stands for a byte; others cannot come from an archive and have no encoding."""
    return all(not 0xD800 <= ord(character) <= 0xDFFF or ord(character) in _INVALID_BYTES for character in path) if not path.isascii() else True


# --------------------------------------------------------------------------------------------------------- Markdown and XML

_PUNCTUATION = re.compile(r"([\\`*_\[\]<>#!~$^|@&%]|:(?=//))(?=(\w)?)")
_MENTIONS = frozenset("@#!~$%&^")
"""Forges make links (and send mail) of these before a letter: `@all`, `#12`, `!12`, `~label`, `%milestone`."""
_TOO_LONG = 400


def markdown(text: str, limit: int = _TOO_LONG) -> str:
    """Return a text that reads the same in Markdown: no emphasis, link, mention, cell border or HTML comes of it (GFM sections 2.4 and 6.9)."""
    return _PUNCTUATION.sub(_escaped, clip(visible(text), limit)).replace("www.", "www\\.")


def _escaped(match: re.Match[str]) -> str:
    sign = match[1]
    if sign == "|":
        return "&#124;"  # the only way in a table cell on which all renderers agree
    return f"\\{sign}<!-- -->" if match[2] and sign in _MENTIONS else f"\\{sign}"


def markdown_code(text: str, limit: int = _TOO_LONG) -> str:
    """Return a text as a code span that also fits a table cell: the two signs that could end it are written as escapes."""
    return "`" + clip(visible(text), limit).replace("`", "\\x60").replace("|", "\\x7c") + "`" if text else ""


_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})


def xml(text: str) -> str:
    """Return a text for XML 1.0, as content or attribute. What XML cannot hold at all (section 2.2) is escaped as `visible` does."""
    return visible(text).translate(_XML)
