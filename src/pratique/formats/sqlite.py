"""Reads the tables of an SQLite 3 database from its bytes: the b-trees of rowid tables, with their overflow pages.

Source: https://www.sqlite.org/fileformat2.html (sections are cited). Nothing is trusted: a page is visited at most once, so that neither a
cycle nor a shared chain can cost more than the file is long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import Struct
from typing import BinaryIO, NamedTuple

from pratique.formats.pages import ZEROS, Packed, Pages

MAGIC = b"SQLite format 3\0"
HEADER = 100
"""Bytes of the database header, at the begin of page 1 (section 1.3)."""
MAX_DEPTH = 20
"""Of a b-tree; SQLite's own bound (`BTCURSOR_MAX_DEPTH`): with it a tree holds more than a file can."""
MAX_ROWS = 1_000_000
"""Of one table: some ten times what the largest distribution has packages. Bounds the time a file of tiny rows can cost."""
MAX_COLUMNS = 2_000
"""Of one record; SQLite's own default bound (`SQLITE_MAX_COLUMN`)."""

_LEAF, _INTERIOR = 0x0D, 0x05
_POINTER = Struct(">I")


class FilePages:
    """The pages of a database file. Raises `ValueError` for a file that is no SQLite database."""

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        header = file.read(HEADER)
        if len(header) < HEADER or not header.startswith(MAGIC):
            raise ValueError("no SQLite database")
        self.size = page_size(header)
        self.count = file.seek(0, 2) // self.size
        self._file = file

    def page(self, number: int) -> bytes:
        """Return one page. Raises `ValueError` where the file ends before it."""
        if number < 1:
            raise ValueError("page 0 is no page")
        self._file.seek((number - 1) * self.size)
        page = self._file.read(self.size)
        if len(page) != self.size:
            raise ValueError(f"page {number} is missing: the SQLite database ends early")
        return page


class Overlay:
    """A database seen through its write-ahead log: the pages of the log hide those of the file."""

    def __init__(self, below: Pages, log: Packed) -> None:
        if below.size != log.size:
            raise ValueError(f"a log with pages of {log.size} bytes, of a database with pages of {below.size}")
        self.size, self.count = log.size, log.count
        self._below, self._log = below, log

    def page(self, number: int) -> bytes:
        """Return one page. Raises `ValueError` where it is in neither."""
        return self._log.page(number) if number in self._log else self._below.page(number)


def page_size(header: bytes) -> int:
    """Return the size of a page, from a database header (section 1.3.2). Raises `ValueError` for one that cannot be."""
    size = int.from_bytes(header[16:18], "big")
    size = 65536 if size == 1 else size
    if not 512 <= size <= 65536 or size & (size - 1):
        raise ValueError(f"an SQLite database with pages of {size} bytes")
    return size


class Row(NamedTuple):
    """One row: its payload is a record (section 2.1)."""

    rowid: int
    payload: bytes
    pieces: list[tuple[int, int, int]]
    """Where the payload lies: page, first byte in it, number of bytes."""


class Database:
    """The tables of a database. Raises `ValueError`, here and while reading, for what breaks the format."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        first = pages.page(1)
        if not first.startswith(MAGIC) or page_size(first) != pages.size:
            raise ValueError("no SQLite database")
        self._usable = pages.size - first[20]
        if self._usable < 480:  # section 1.3.4
            raise ValueError(f"an SQLite database that uses {self._usable} bytes of a page")
        encoding = int.from_bytes(first[56:60], "big")
        self._encoding = {2: "utf-16-le", 3: "utf-16-be"}.get(encoding, "utf-8")

    def root(self, table: str) -> int:
        """Return the root page of a table, from the schema (section 2.6). Raises `ValueError` where there is no such table."""
        for row in self.rows(1):
            columns = fields(row.payload)
            if len(columns) < 4:
                raise ValueError("an SQLite schema of another kind")
            kind, name = (self._text(row.payload, column) for column in columns[:2])
            if kind == "table" and name == table:
                serial, start, end = columns[3]
                if not 1 <= serial <= 6:
                    raise ValueError(f"the table {table} has no root page")
                return int.from_bytes(row.payload[start:end], "big", signed=True)
        raise ValueError(f"an SQLite database without the table {table}")

    def _text(self, payload: bytes, column: tuple[int, int, int]) -> str:
        serial, start, end = column
        return payload[start:end].decode(self._encoding, "replace") if serial >= 13 and serial % 2 else ""

    def rows(self, root: int) -> Iterator[Row]:
        """Yield the rows of a table in the order of their rowids."""
        walk = Walk(self.pages, self._usable)
        for number, page in walk.leaves(root):
            yield from walk.rows(number, page)

    def condensed(self, table: str, thin: Callable[[bytes], bytes]) -> Iterator[tuple[int, bytes]]:
        """Yield the pages that a reader of one table needs, with each payload replaced by `thin(payload)`, which must be as long.

        What remains can still be read through a write-ahead log: every page keeps its number, every payload its place. A page may be short:
        then zeros follow.
        """
        schema = Walk(self.pages, self._usable)
        for number, page in schema.leaves(1):
            list(schema.rows(number, page))
        for number in schema.visited():
            yield number, self.pages.page(number)
        walk = Walk(self.pages, self._usable)
        root = self.root(table)
        for number, page in walk.leaves(root):
            leaf = bytearray(page)
            for row in walk.rows(number, page):
                payload, at = thin(row.payload), 0
                chain = [where for where, _, _ in row.pieces[2:]] + [0]
                for place, (where, start, length) in enumerate(row.pieces):
                    piece = payload[at : at + length]
                    at += length
                    if place:  # an overflow page: the number of the next, then content
                        yield where, _POINTER.pack(chain[place - 1]) + (b"" if ZEROS.startswith(piece) else piece)
                    else:
                        leaf[start : start + length] = piece
            yield number, bytes(leaf)
        for number in walk.interior:
            yield number, self.pages.page(number)


class Walk:
    """One walk through a table b-tree, which no page can enter twice."""

    def __init__(self, pages: Pages, usable: int) -> None:
        self._pages, self._usable = pages, usable
        self._seen = bytearray(pages.count + 1)
        self._rows = 0
        self.interior: list[int] = []

    def visited(self) -> Iterator[int]:
        """Yield the numbers of all pages that were visited."""
        return (number for number, seen in enumerate(self._seen) if seen)

    def leaves(self, root: int) -> Iterator[tuple[int, bytes]]:
        """Yield number and bytes of each leaf page, from left to right (section 1.6)."""
        stack = [(root, 0)]
        while stack:
            number, depth = stack.pop()
            page = self._visit(number)
            start = HEADER if number == 1 else 0
            kind = page[start]
            if kind == _LEAF:
                yield number, page
            elif kind == _INTERIOR:
                if depth >= MAX_DEPTH:
                    raise ValueError("an SQLite table deeper than SQLite makes them")
                self.interior.append(number)
                children = [_POINTER.unpack_from(page, cell)[0] for cell in self._cells(page, start, 12)]
                children.append(_POINTER.unpack_from(page, start + 8)[0])
                stack.extend((child, depth + 1) for child in reversed(children))
            else:
                raise ValueError(f"page {number} of an SQLite database is no page of a table")

    def rows(self, number: int, page: bytes) -> Iterator[Row]:
        """Yield the rows of a leaf page."""
        largest = self._usable - 35  # section 1.6: X, M and K
        least = (self._usable - 12) * 32 // 255 - 23
        room = self._usable
        for cell in self._cells(page, HEADER if number == 1 else 0, 8):
            size, at = varint(page, cell)
            rowid, at = varint(page, at)
            local = size
            if size > largest:
                local = least + (size - least) % (self._usable - 4)
                local = local if local <= largest else least
            room -= at - cell + local
            self._rows += 1
            if room < 0 or at + local > self._usable:
                raise ValueError(f"page {number} of an SQLite database has more content than room")
            if self._rows > MAX_ROWS:
                raise ValueError(f"an SQLite table with more than {MAX_ROWS} rows")
            pieces = [(number, at, local)]
            payload = page[at : at + local]
            if local < size:
                if at + local + 4 > self._usable:
                    raise ValueError(f"page {number} of an SQLite database has more content than room")
                payload = self._overflow(payload, size, _POINTER.unpack_from(page, at + local)[0], pieces)
            yield Row(rowid, payload, pieces)

    def _overflow(self, local: bytes, size: int, number: int, pieces: list[tuple[int, int, int]]) -> bytes:
        """Read a chain of overflow pages (section 1.6)."""
        if size > self._pages.count * self._pages.size:
            raise ValueError("an SQLite row larger than its database")
        parts, missing = [local], size - len(local)
        while missing:
            page = self._visit(number)
            take = min(missing, self._usable - 4)
            parts.append(page[4 : 4 + take])
            pieces.append((number, 4, take))
            missing -= take
            number = _POINTER.unpack_from(page)[0]
        return b"".join(parts)

    def _cells(self, page: bytes, start: int, header: int) -> tuple[int, ...]:
        """Return the offsets of the cells of a page."""
        count = int.from_bytes(page[start + 3 : start + 5], "big")
        if start + header + 2 * count > self._usable:
            raise ValueError(f"a page of an SQLite database that claims {count} cells")
        cells: tuple[int, ...] = Struct(f">{count}H").unpack_from(page, start + header)
        if cells and (max(cells) > self._usable - 4 or min(cells) < start + header + 2 * count):
            raise ValueError("a cell outside of its page of an SQLite database")
        return cells

    def _visit(self, number: int) -> bytes:
        if not 0 < number < len(self._seen):
            raise ValueError(f"page {number} of an SQLite database is missing")
        if self._seen[number]:
            raise ValueError(f"page {number} of an SQLite database is used twice")
        self._seen[number] = 1
        return self._pages.page(number)


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable-length integer and the offset after it (section 1.6). Raises `ValueError` where the data ends before it."""
    value = 0
    try:
        for place in range(at, at + 8):
            byte = data[place]
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value, place + 1
        return value << 8 | data[at + 8], at + 9
    except IndexError:
        raise ValueError("a number that reaches over the end") from None


_LENGTHS = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)


def fields(payload: bytes) -> list[tuple[int, int, int]]:
    """Return for each column of a record its serial type, first byte and the byte after the last (section 2.1)."""
    end, at = varint(payload, 0)
    place, columns = end, list[tuple[int, int, int]]()
    while at < end:
        serial, at = varint(payload, at)
        if serial in (10, 11) or len(columns) >= MAX_COLUMNS:
            raise ValueError("a record that SQLite does not write")
        length = (serial - 12) // 2 if serial >= 12 else _LENGTHS[serial]
        columns.append((serial, place, place + length))
        place += length
    if at != end or place > len(payload):
        raise ValueError("a record that reaches over its end")
    return columns
