"""What a requirement of an RPM names: a capability, or of a boolean dependency those that it may pull in.

Source: https://rpm-software-management.github.io/rpm/manual/boolean_dependencies.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_WORD = re.compile(rb"\(|\)|[^\s()]+(?:\([^()\s]*\))*")
_CONDITIONS = frozenset((b"if", b"unless", b"without"))
_OPERATORS = frozenset((b"and", b"or", b"else", b"with")) | _CONDITIONS
_COMPARISONS = frozenset((b"<", b">", b"=", b"<=", b">="))


def capabilities(requirement: bytes) -> Iterable[bytes]:
    """Return the capabilities that a requirement names: not what follows `if`, `unless` or `without`, up to an `else`."""
    return _boolean(requirement) if requirement.startswith(b"(") else (requirement,)


def _boolean(requirement: bytes) -> Iterator[bytes]:
    depth, condition, version = 0, 0, False
    for word in _WORD.findall(requirement):
        if word == b"(":
            depth += 1
        elif word == b")":
            depth -= 1
            condition = condition if condition <= depth else 0
        elif word in _OPERATORS:
            if condition in (0, depth):
                condition = depth if word in _CONDITIONS else 0
        elif word in _COMPARISONS or version:
            version = not version
        elif not condition:
            yield word
