"""A choice of the pages of a paged file, compressed in small runs: what is kept of a database, and can still be read page by page."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice
from struct import Struct
from typing import Protocol

RUN = 256 << 10
"""Bytes compressed together: large enough to compress well, small enough to hold a few of them."""
HELD = 4
"""Decompressed runs that are held at a time."""

_INTRO = Struct(">4sII")
_RUN = Struct(">II")
_MAGIC = b"PPg1"


class Pages(Protocol):
    """The pages of a database, numbered from 1."""

    @property
    def size(self) -> int:
        """The bytes of a page."""
        ...

    @property
    def count(self) -> int:
        """The number of pages of the database."""
        ...

    def page(self, number: int) -> bytes:
        """Return one page. Raises `ValueError` where it is not there."""
        ...


def pack(size: int, count: int, pages: Iterable[tuple[int, bytes]]) -> bytes:
    """Compress pages with their numbers. They read fastest in this order. Zeros at the end of a page cost nothing, and may be missing."""
    return b"".join(_packed(size, count, iter(pages)))


def _packed(size: int, count: int, pages: Iterator[tuple[int, bytes]]) -> Iterator[bytes]:
    yield _INTRO.pack(_MAGIC, size, count)
    while run := [(number, _trimmed(page)) for number, page in islice(pages, max(1, RUN // size))]:
        data = zlib.compress(b"".join([page for _, page in run]), 1)
        yield _RUN.pack(len(run), len(data))
        yield Struct(f">{2 * len(run)}I").pack(*[number for number, _ in run], *[len(page) for _, page in run])
        yield data


def packed(data: bytes) -> bool:
    """Tell whether data was made by `pack`."""
    return data.startswith(_MAGIC)


ZEROS = bytes(1 << 16)
"""As many as the largest page has: to compare with."""


def _trimmed(page: bytes) -> bytes:
    """Cut zeros off the end: by halves, since `rstrip` goes byte by byte, and but for a few."""
    length, step = len(page), len(page) if page and not page[-1] else 0
    while step >= 32:
        if length >= step and ZEROS.startswith(page[length - step : length]):
            length -= step
        step //= 2
    return page[:length]


class Packed:
    """Pages that `pack` made, to be read again. Raises `ValueError` for data that it did not make."""

    def __init__(self, data: bytes) -> None:
        if len(data) < _INTRO.size or not packed(data):
            raise ValueError("no packed pages")
        _, self.size, self.count = _INTRO.unpack_from(data)
        self._data = memoryview(data)
        self._runs: list[tuple[int, int, int]] = []
        self._where: dict[int, tuple[int, int, int]] = {}
        self._held: dict[int, bytes] = {}
        at = _INTRO.size
        while at + _RUN.size <= len(data):
            pages, length = _RUN.unpack_from(data, at)
            start = at + _RUN.size + 8 * pages
            if start + length > len(data):
                raise ValueError("packed pages that end early")
            table = Struct(f">{2 * pages}I").unpack_from(data, at + _RUN.size)
            ends = list(accumulate(table[pages:]))
            run = len(self._runs)
            self._where.update((number, (run, end - size, end)) for number, size, end in zip(table, table[pages:], ends, strict=False))
            self._runs.append((start, start + length, ends[-1] if ends else 0))
            at = start + length

    def __contains__(self, number: int) -> bool:
        return number in self._where

    def page(self, number: int) -> bytes:
        """Return one page. Raises `ValueError` where it is not there."""
        found = self._where.get(number)
        if found is None:
            raise ValueError(f"page {number} is missing")
        run, start, end = found
        data = self._held.get(run)
        if data is None:
            data = self._inflated(run)
        return data[start:end].ljust(self.size, b"\0")

    def _inflated(self, run: int) -> bytes:
        start, end, size = self._runs[run]
        try:
            data = zlib.decompressobj().decompress(self._data[start:end], size) if size else b""
        except zlib.error as error:
            raise ValueError(f"packed pages that cannot be read: {error}") from None
        if len(data) != size:
            raise ValueError("packed pages that end early")
        if len(self._held) >= HELD:
            del self._held[next(iter(self._held))]
        self._held[run] = data
        return data
