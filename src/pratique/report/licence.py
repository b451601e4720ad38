"""Whether a text is an SPDX licence expression, and what it names that no list has (SPDX 2.3 annex D)."""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(r"\s*(\(|\)|[^\s()]+)")
_REFERENCE = re.compile(r"(DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*\+?")
_LONGEST = 4096
"""Characters. The longest real expression, of a whole distribution's licence file, has some hundreds."""


@lru_cache(maxsize=1 << 12)
def is_expression(text: str) -> bool:
    """Return whether a text has the grammar of annex D: operands joined by AND, OR and WITH, in balanced parentheses.

    Identifiers are not looked up: they may be of a newer list.
    """
    if not text or len(text) > _LONGEST:
        return False
    depth, operand, after_with = 0, False, False
    for match in _TOKEN.finditer(text):
        token = match[1]
        if token in ("AND", "OR", "WITH"):
            if not operand or after_with:
                return False
            operand, after_with = False, token == "WITH"
        elif token == "(":
            if operand or after_with:
                return False
            depth += 1
        elif token == ")":
            depth -= 1
            if not operand or depth < 0:
                return False
        else:
            if operand or not (_IDENTIFIER.fullmatch(token) or _REFERENCE.fullmatch(token)):
                return False
            operand, after_with = True, False
    return operand and depth == 0 and text.isprintable()


def references(text: str) -> list[str]:
    """Return the `LicenseRef-` names in an expression, those that a document has to explain (SPDX 2.3 section 10)."""
    return [match[0] for match in _REFERENCE.finditer(text) if not match[1]]
