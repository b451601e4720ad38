"""What an observer is: it says which members of a layer it wants and how, and turns each into facts, seeing one file at a time.

The law of locality: an observer sees one file; what takes two files to know belongs to the fold. The layer cache, the parallelism
and the tests rest on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO, NamedTuple

from pratique.model import Document, Gap, Mark

KIB = 1 << 10
MIB = 1 << 20
PEEK = 4 * KIB
"""Bytes that `Wanted.peek` is given, or fewer where the member is smaller."""


class Member(NamedTuple):
    """One member of a layer, or of an archive within a file. Paths as in `pratique.model`."""

    path: str
    type: str
    """`f` file, `d` directory, `l` symbolic link, `h` hard link, `c` `b` devices, `p` fifo."""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    size: int = 0
    mtime: int = 0
    link: str = ""
    """The target of a symbolic link (as written) or of a hard link (a path of the layer)."""
    capabilities: bytes = b""
    """The value of the extended attribute `security.capability`, if any."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class Take(Enum):
    """How an observer takes a member's bytes."""

    STREAM = "stream"
    """In blocks, as they pass: for any size."""
    WHOLE = "whole"
    """As one `bytes`, up to the limit."""
    SEEKABLE = "seekable"
    """As a binary file that can seek, up to the limit; large ones lie in an unlinked temporary file."""


Fact = Document | Mark | Gap


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which members: by the end of their path, or by their first bytes.

    `pattern` is a path below a root, in parts divided by `/`; it is held against the *end* of the member's path, so that nested roots
    (`rootfs/var/lib/dpkg/status`) are seen too. In a part, `*` stands for any text without `/`; a part `**` is not allowed. At least one
    of the following must hold, so that one look-up decides: the last part has no `*`; or it is `*SUFFIX`; or the part before it has no `*`.
    `magic` instead: members of type file that begin with these bytes (at least 2, at most 16).
    """

    pattern: str = ""
    magic: bytes = b""
    take: Take = Take.WHOLE
    limit: int = 16 * MIB
    """In bytes. A member beyond it is not given; the pass notes a Gap that says so."""
    blind: bool = True
    """Whether missing it (limit exceeded, unreadable) may change the answer."""
    peek: Callable[[bytes], bool] | None = None
    """Decides by the first bytes (up to `PEEK`) whether the rest is wanted at all: most executables are not of Go."""
    where: Callable[[str], bool] | None = None
    """With `pattern`: decides by the whole path of the member whether it is wanted at all: most source files are not the application's."""


@dataclass(frozen=True, slots=True)
class Observer:
    """Something that looks at members. `see` may raise `ValueError` (and only that): it becomes a Gap that names the observer.

    For `Take.WHOLE` and `Take.SEEKABLE`, `see(member, file)` gets a `BinaryIO` positioned at 0; for `Take.STREAM`, `stream(member)` gives
    a new `Stream` that is fed.
    """

    id: str
    revision: str
    """Changes whenever the same bytes would give other facts: it is part of the key of the evidence cache."""
    wants: tuple[Wanted, ...]
    see: Callable[[Member, BinaryIO], Iterator[Fact]] | None = None
    stream: Callable[[Member], Stream] | None = None
    sweep: Callable[[], Sweep] | None = None
    """For an observer of every file: it needs no wants."""


class Stream:
    """What is fed with the blocks of one member. Subclasses keep their own overlap."""

    def feed(self, block: bytes | memoryview) -> None:
        """Take the next block."""
        raise NotImplementedError

    def close(self) -> Iterator[Fact]:
        """Say what was seen."""
        raise NotImplementedError


class Sweep:
    """What is fed with every file of one layer, one after the other: for what may lie anywhere. It may look at several at once.

    Still local: what it says of a file depends on that file alone.
    """

    def begin(self, member: Member) -> None:
        """Take the next file, which is not empty."""
        raise NotImplementedError

    def feed(self, block: bytes | memoryview) -> None:
        """Take the next block of it."""
        raise NotImplementedError

    def end(self) -> None:
        """Finish the current file."""
        raise NotImplementedError

    def close(self) -> Iterator[Fact]:
        """Finish the layer: say what was seen."""
        raise NotImplementedError
