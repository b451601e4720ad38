"""What could be started, and what it is made of: executables, libraries and scripts, each reduced to a few facts as it passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from pratique.catalog.ecosystem import Keep
from pratique.catalog.observer import KIB, MIB, Fact, Member, Stream, Take
from pratique.catalog.tree import Node, Select, Tree
from pratique.formats.elfdefences import Defences, Frame, defences, frame
from pratique.model import Document

ROLE = "tree:program"
HEAD = 4 * KIB
"""Bytes in which the program headers lie."""
NAMES = MIB
"""Bytes of the first segment that are read; those of symbols and their names, of all but the largest libraries."""
LINE = 256
"""Bytes of the first line of a script, as the kernel reads it (BINPRM_BUF_SIZE)."""
EXECUTABLE = 0o111


class Program(msgspec.Struct, array_like=True, frozen=True):
    """One file. `interpreter`: what the first line of a script names; empty for ELF files. `defences`: of ELF files that could be read."""

    interpreter: str = ""
    defences: Defences | None = None


class Started(NamedTuple):
    """One file that could be started: its node, what it is, and the purl of the OS package that brought it (or empty)."""

    node: Node
    program: Program
    owner: str


class _Passing(Stream):
    """Takes of a file what tells what it is, and lets the rest pass."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._head = b""
        self._position = 0
        self._frame: Frame | None = None
        self._names = bytearray()
        self._dynamic = bytearray()
        self._done = False

    def feed(self, block: bytes | memoryview) -> None:
        """Take the next block."""
        if self._done:
            return
        begin, self._position = self._position, self._position + len(block)
        if self._frame is None:
            block, begin = b"".join((self._names, block)), 0
            self._names.clear()
            self._head = block[:HEAD]
            if len(self._head) < min(HEAD, self._member.size):
                self._names += block
                return
            try:
                self._frame = frame(self._head)
            except ValueError:
                self._done = True
                return
        wanted = min(self._frame.names, NAMES)
        if len(self._names) < wanted:
            self._names += block[: wanted - len(self._names)]
        offset, size = self._frame.dynamic
        low, high = max(offset + len(self._dynamic), begin), min(offset + size, self._position)
        if low < high:
            self._dynamic += block[low - begin : high - begin]
        self._done = self._position >= max(wanted, offset + size)

    def close(self) -> Iterator[Fact]:
        """Say what it is: nothing for a script that nobody may execute, or data that only begins like an ELF file."""
        if self._head[:2] == b"#!":
            if self._member.mode & EXECUTABLE:
                words = self._head[2:LINE].partition(b"\n")[0].split()
                yield self._document(Program(" ".join(word.decode("utf-8", "backslashreplace") for word in words[:2])))
        elif self._frame is not None:
            yield self._document(Program("", defences(self._frame, bytes(self._names), bytes(self._dynamic))))

    def _document(self, program: Program) -> Document:
        return Document(ROLE, self._member.path, msgspec.msgpack.encode(program))


PROGRAMS = Keep(ROLE, magic=(b"\x7fELF", b"#!"), take=Take.STREAM, blind=False, stream=_Passing)
"""What checks of programs want kept. A Keep of magics is not fed hard links: `programs` follows them."""


def programs(tree: Tree) -> dict[str, Program]:
    """Return every visible ELF file and executable script by its path."""
    return {document.path: msgspec.msgpack.decode(document.data, type=Program) for document in tree.documents(ROLE)}


STARTED = Select(bits=EXECUTABLE)
"""The nodes that `started` looks at."""


def started(tree: Tree, nodes: Iterable[Node] | None = None) -> Iterator[Started]:
    """Yield what could be started, in the order of paths: visible, executable by somebody, an ELF file or a script; hard links too.

    Libraries are among them where they are executable: the loader is one. `nodes`: what `STARTED` selects, where that was asked already.
    """
    known = programs(tree)
    if nodes is None:
        (nodes,) = tree.select(STARTED)
    found = [(node, program) for node in nodes if (program := known.get(node.link if node.type == "h" else node.path)) is not None]
    found = [(node, program) for node, program in found if program.interpreter or program.defences is not None]
    owners = tree.owners([node.path for node, _ in found])
    return (Started(node, program, owners.get(node.path, "")) for node, program in found)
