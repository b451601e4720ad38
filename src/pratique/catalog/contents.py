"""The table of a layer's members: sorted, compact, spilled to a file above a bound.

Three million members as objects would fit no memory; here a member costs its path and 31 bytes (63 with a digest), and beyond a bound
only a few runs of the table are in memory.
"""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

import msgspec

from pratique.catalog.observer import Member
from pratique.formats.tar import Header

RUN = 1 << 15
"""Rows of one sorted run: about 10 MiB while it is made."""
LONG = 256
"""Characters of a path or of a link's target beyond which a run is counted by them, too: ordinary ones have some 60."""
RUN_LONG = 4 << 20
"""Characters of long paths in one run."""
RUNS_IN_MEMORY = 4
"""Runs kept in memory before further ones are spilled."""
COLUMNS = "HIIQqI"
"""The element types of mode, uid, gid, size, mtime, ordinal (array(3))."""

CAPABILITIES = 24
"""Bytes of the longest `security.capability` (`struct vfs_ns_cap_data`, linux/capability.h)."""

ROW, HIDDEN = 40, 120
"""Bytes of memory that a row and a whiteout take besides their path."""

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
"""OCI image-spec `layer.md`, "Whiteouts": `.wh.NAME` hides NAME of lower layers, `.wh..wh..opq` all of them in its folder."""


Listed = Header | Member
"""A member as a walk gives it."""


class Row(NamedTuple):
    """One member of a layer. `ordinal`: its place in the archive; `sha256`: 32 bytes, or none where nobody asked for it."""

    path: str
    type: str
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    ordinal: int
    link: str
    sha256: bytes
    capabilities: bytes = b""
    """The value of `security.capability`, if any."""


class Run(msgspec.Struct, array_like=True):
    """A sorted stretch of the table, as it is stored: a column each."""

    paths: bytes
    types: bytes
    numbers: list[bytes]
    """mode, uid, gid, size, mtime, ordinal: arrays of `COLUMNS`."""
    links: dict[int, bytes]
    digests: bytes
    capabilities: dict[int, bytes] = {}
    """Of the few that have any (xattr `security.capability`)."""


class Stored(msgspec.Struct, array_like=True):
    """Contents as they are stored."""

    runs: list[Run]
    whiteouts: list[bytes]
    opaques: list[bytes]


class Contents:
    """The members of one layer. A layer is a set: of duplicate members the last one wins (OCI image-spec `layer.md`)."""

    def __init__(self) -> None:
        self.whiteouts: set[str] = set()
        """Paths that this layer deletes from lower layers."""
        self.opaques: set[str] = set()
        """Folders whose content in lower layers this layer deletes."""
        self.duplicates = 0
        self._rows: list[Listed] = []
        self._digests: dict[str, bytes] = {}
        self._long = 0
        self._runs: list[Run | tuple[int, int]] = []
        self._spill: IO[bytes] | None = None
        self._count = 0
        self._opened: tuple[int, list[str], Run] | None = None
        self._types: dict[str, str] | None = None

    def __len__(self) -> int:
        return self._count + len(self._rows)

    def __del__(self) -> None:
        if self._spill is not None:
            self._spill.close()

    @property
    def spilled(self) -> bool:
        """Whether the table is too large for memory: look-ups then read a file."""
        return self._spill is not None

    @property
    def held(self) -> int:
        """About how many bytes of memory the table takes."""
        runs = sum(len(run.paths) + ROW * len(run.types) for run in self._runs if isinstance(run, Run))
        return runs + sum(HIDDEN + len(path) for paths in (self.whiteouts, self.opaques) for path in paths)

    # ------------------------------------------------------------------------------------------------------- writing

    def add(self, member: Listed, sha256: bytes = b"") -> None:
        """Take the next member."""
        rows = self._rows
        rows.append(member)
        if sha256:
            self._digests[member.path] = sha256
        if len(member.path) + len(member.link) > LONG:
            self._long += len(member.path) + len(member.link)
        if len(rows) == RUN or self._long > RUN_LONG:
            self._flush()

    def hide(self, path: str) -> None:
        """Take a whiteout by its own path: `etc/.wh.passwd`, `etc/.wh..wh..opq`. It hides lower layers only, wherever it stands in the archive."""
        folder, _, name = path.rpartition("/")
        if name == OPAQUE:
            self.opaques.add(folder)
        else:
            self.whiteouts.add(f"{folder}/{name[len(WHITEOUT) :]}" if folder else name[len(WHITEOUT) :])

    def close(self) -> Contents:
        """Finish writing."""
        if self._rows:
            self._flush()
        return self

    def _flush(self) -> None:
        rows, digests = self._rows, self._digests
        self._rows, self._digests, self._long = [], {}, 0
        last = {member.path: at for at, member in enumerate(rows)}
        self.duplicates += len(rows) - len(last)
        paths = sorted(last)
        order = [last[path] for path in paths]
        members = [rows[at] for at in order]
        columns: list[list[int]] = [
            [m.mode for m in members],
            [m.uid for m in members],
            [m.gid for m in members],
            [m.size for m in members],
            [m.mtime for m in members],
            [self._count + 1 + at for at in order],
        ]
        self._count += len(rows)
        run = Run(
            "\0".join(paths).encode("utf-8", "surrogateescape"),
            "".join([m.type for m in members]).encode(),
            [_column(code, column) for code, column in zip(COLUMNS, columns, strict=True)],
            {at: m.link.encode("utf-8", "surrogateescape") for at, m in enumerate(members) if m.link},
            b"".join([digests.get(path) or bytes(32) for path in paths]) if digests else b"",
            {at: m.capabilities[:CAPABILITIES] for at, m in enumerate(members) if m.capabilities},
        )
        if len(self._runs) < RUNS_IN_MEMORY:
            self._runs.append(run)
            return
        if self._spill is None:
            self._spill = tempfile.TemporaryFile(prefix="pratique-contents-")  # noqa: SIM115 - unlinked; lives as long as the table
        data = msgspec.msgpack.encode(run)
        offset = self._spill.seek(0, 2)
        self._spill.write(data)
        self._runs.append((offset, len(data)))

    # ------------------------------------------------------------------------------------------------------- reading

    def runs(self) -> Iterator[tuple[list[str], Run]]:
        """Yield the runs: their paths, sorted, and their columns. Of duplicates across runs the last one counts."""
        return (self.run(number) for number in range(len(self._runs)))

    def run(self, number: int) -> tuple[list[str], Run]:
        """Return the paths and the columns of one run."""
        if self._opened is not None and self._opened[0] == number:
            return self._opened[1], self._opened[2]
        run = self._runs[number]
        if not isinstance(run, Run):
            assert self._spill is not None
            self._spill.seek(run[0])
            run = msgspec.msgpack.decode(self._spill.read(run[1]), type=Run)
        paths = run.paths.decode("utf-8", "surrogateescape").split("\0")
        self._opened = number, paths, run
        return paths, run

    def find(self, path: str) -> Row | None:
        """Return the member of a path, or None."""
        for number in reversed(range(len(self._runs))):
            paths, run = self.run(number)
            at = bisect_left(paths, path)
            if at < len(paths) and paths[at] == path:
                return _row(paths, run, at)
        return None

    def rows(self, paths: Iterable[str]) -> dict[str, Row]:
        """Return the members of those of the paths that this layer has: one sweep of the table, however many they are."""
        wanted = sorted(paths)
        found: dict[str, Row] = {}
        for number in range(len(self._runs)):
            have, run = self.run(number)
            for path in wanted:
                at = bisect_left(have, path)
                if at < len(have) and have[at] == path:
                    found[path] = _row(have, run, at)
        return found

    def __iter__(self) -> Iterator[Row]:
        """Yield the members, sorted by path within each run; of duplicates across runs the last comes last."""
        for number in range(len(self._runs)):
            paths, run = self.run(number)
            for at in range(len(paths)):
                yield _row(paths, run, at)

    def types(self, paths: Iterable[str]) -> dict[str, str]:
        """Return the type of each of the paths that this layer has."""
        if not self.spilled:
            if self._types is None:
                self._types = {}
                for number in range(len(self._runs)):
                    have, run = self.run(number)
                    self._types.update(zip(have, run.types.decode("ascii"), strict=True))
            table = self._types
            return {path: table[path] for path in paths if path in table}
        found = {}
        wanted = sorted(paths)
        for number in range(len(self._runs)):
            have, run = self.run(number)
            for path in wanted:
                at = bisect_left(have, path)
                if at < len(have) and have[at] == path:
                    found[path] = chr(run.types[at])
        return found

    # ------------------------------------------------------------------------------------------------------- storing

    def encode(self) -> bytes | None:
        """Return the table in bytes; None where it is too large to be worth keeping."""
        if self.spilled:
            return None
        hidden = [[path.encode("utf-8", "surrogateescape") for path in sorted(paths)] for paths in (self.whiteouts, self.opaques)]
        return msgspec.msgpack.encode(Stored([run for run in self._runs if isinstance(run, Run)], *hidden))

    @classmethod
    def decode(cls, data: bytes) -> Contents:
        """Return the table of bytes that `encode` gave. Raises `ValueError` for any others."""
        stored = msgspec.msgpack.decode(data, type=Stored)
        contents = cls()
        contents._runs = list(stored.runs)
        contents._count = sum(len(run.types) for run in stored.runs)
        contents.whiteouts = {path.decode("utf-8", "surrogateescape") for path in stored.whiteouts}
        contents.opaques = {path.decode("utf-8", "surrogateescape") for path in stored.opaques}
        return contents


def _column(code: str, column: list[int]) -> bytes:
    try:
        return array(code, column).tobytes()
    except OverflowError:  # numbers that no file system could hold
        low, high = (-(1 << 63), (1 << 63) - 1) if code == "q" else (0, (1 << 8 * array(code).itemsize) - 1)
        return array(code, [min(max(number, low), high) for number in column]).tobytes()


def _row(paths: list[str], run: Run, at: int) -> Row:
    mode, uid, gid, size, mtime, ordinal = [memoryview(column).cast(code)[at] for code, column in zip(COLUMNS, run.numbers, strict=True)]  # type: ignore[call-overload] # codes are not literals here
    link = run.links.get(at, b"").decode("utf-8", "surrogateescape")
    return Row(
        paths[at], chr(run.types[at]), mode, uid, gid, size, mtime, ordinal, link, run.digests[at * 32 : at * 32 + 32], run.capabilities.get(at, b"")
    )
