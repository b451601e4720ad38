"""The shape that every language is read into: calls and settings, and of each value how it came about.

It is far less than the language says: enough to tell a fixed text from one that is assembled, and one that is assembled from input. The flow is
followed within one function (Aho et al., *Compilers*, 9.2: reaching definitions, without loops).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

LIMIT = 256 << 10
"""Bytes of one file that is read. Nobody writes more by hand, and its syntax tree takes some hundred times as much memory."""
DEPTH = 60
"""Brackets within brackets that are followed. Hand-written code has a third of it."""
NAME = 120
"""Characters of a dotted name that are kept, its last ones: a chain of a hundred thousand calls is one name."""
REQUEST, ARGUMENTS, ENVIRONMENT = "the request", "the command line", "the environment"
"""Where input comes from, as messages say it: whoever reaches the port, whoever starts the program, whoever configures it."""
_RANK = {"": 0, ENVIRONMENT: 1, ARGUMENTS: 2, REQUEST: 3}


class Value(NamedTuple):
    """What is known of one value."""

    text: str = ""
    """The literal pieces, one after the other."""
    fixed: bool = True
    """Nothing but literals and what cannot carry text."""
    built: bool = False
    """Assembled of several pieces, of which one is not fixed."""
    input: str = ""
    """The input that reaches it, or nothing."""
    name: str = ""
    """The dotted name, where the value is no more than a name (`False`, `ssl.CERT_NONE`) or the result of a call (`load()`)."""


FIXED = Value()
UNKNOWN = Value(fixed=False)


class Call(NamedTuple):
    """One call: the callee by its dotted name (`subprocess.run`, `new ObjectInputStream`, `db.query`), imports resolved where they can be."""

    name: str
    line: int
    arguments: tuple[Value, ...] = ()
    named: Mapping[str, Value] = {}
    receiver: Value = UNKNOWN

    @property
    def last(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    def among(self, names: Container[str]) -> bool:
        """Tell whether it calls one of the names: whole ones (`os.system`), or ends (`.execute`)."""
        return self.name in names or f".{self.last}" in names

    def argument(self, at: int, name: str = "") -> Value | None:
        """Return the argument at a position, or the one of a name; None where neither is given."""
        if at < len(self.arguments):
            return self.arguments[at]
        return self.named.get(name)


class Setting(NamedTuple):
    """A value given to a name: an assignment, or an entry of an object (`rejectUnauthorized: false`)."""

    name: str
    value: Value
    line: int

    @property
    def last(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]


class Code(NamedTuple):
    """One file."""

    language: str
    calls: tuple[Call, ...]
    settings: tuple[Setting, ...]
    functions: tuple[tuple[str, int, bool], ...] = ()
    """Each function by its name and line, and whether its body is empty."""


def stronger(inputs: Iterable[str]) -> str:
    """Return the input that the most people can give."""
    return max(inputs, key=lambda word: _RANK[word], default="")


def merged(values: Iterable[Value], joined: bool = False) -> Value:
    """Return what is known of a value made of several: pieces of one text where `joined`, else alternatives or a list."""
    values = list(values)
    if len(values) == 1 and not joined:
        return values[0]
    fixed = all(value.fixed for value in values)
    return Value(
        "".join(value.text for value in values)[:4096],
        fixed,
        not fixed and (joined or any(value.built for value in values)),
        stronger(value.input for value in values),
    )


def nested_too_deep(data: bytes) -> bool:
    """Tell whether brackets stand deeper than is followed. Text in strings counts too: no matter for what is written by hand."""
    depth = 0
    for byte in data.translate(None, _NO_BRACKETS):
        if byte in b"([{":
            depth += 1
            if depth > DEPTH:
                return True
        elif depth:
            depth -= 1
    return False


_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"()[]{}")
