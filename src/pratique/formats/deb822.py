"""Paragraphs of fields, the format of Debian's control data (deb822(5), Debian Policy 5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

FAULT = ""
"""The field under which a paragraph says what is wrong with it: no field's name is empty."""

MAX_FIELDS = 1_000
"""Fields of one paragraph: real ones have some 30."""

_END = re.compile(r"\n(?:[ \t\r]*\n)+")
_FIELD = re.compile(r"\n(?![ \t])")


def blocks(text: str) -> Iterator[str]:
    """Yield the text of each paragraph. Lines of white space alone divide paragraphs too, as the Policy allows."""
    return (block for block in _END.split(text) if block.strip())


def fields(block: str) -> dict[str, str]:
    """Read one paragraph: lower-case names to values, continuation lines kept as they stand after the first line.

    Never raises. What is no field, or is said twice, is told in `FAULT`, for a lost line may hide a whole record; the first value stands.
    """
    found: dict[str, str] = {}
    lines = _FIELD.split(block.strip("\n"))
    if len(lines) > MAX_FIELDS:
        found[FAULT] = f"it has {len(lines)} fields, more than {MAX_FIELDS}"
        del lines[MAX_FIELDS:]
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or not name or name[0] in " \t":
            found.setdefault(FAULT, f"a line is no field: {line[:60]!r}")
        elif name in found:
            found.setdefault(FAULT, f"the field {name[:60]!r} is given twice")
        else:
            found[name] = value.strip()
    return found


def paragraphs(text: str) -> Iterator[dict[str, str]]:
    """Yield the fields of each paragraph."""
    return map(fields, blocks(text))
