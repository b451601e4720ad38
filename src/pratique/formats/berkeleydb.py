"""Reads the pairs of a Berkeley DB hash database, of either byte order, from its pages.

Source: the page layouts of Berkeley DB's own `dbinc/db_page.h` (names in brackets are its), version 5.3, which reads hash versions 8 to 10. Pages
are taken in the order of the file, since every pair of a hash lies on exactly one page of it: which bucket it is in does not matter here.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO

MAGIC = 0x061561
"""Of a hash (`DB_HASHMAGIC`), in the byte order of the machine that wrote the database."""
VERSIONS = range(7, 11)
PAGE_HEADER = 26
"""Bytes of a page's header (`P_OVERHEAD`), without checksum and encryption."""

_UNSORTED, _OVERFLOW, _SORTED = 2, 7, 13
"""Types of pages (`P_HASH_UNSORTED`, `P_OVERFLOW`, `P_HASH`)."""
_KEYDATA, _OFFPAGE = 1, 3
"""Types of items (`H_KEYDATA`, `H_OFFPAGE`)."""
_CHECKSUMMED = 1
"""Bit of the metadata's flags (`DBMETA_CHKSUM`)."""


class Hash:
    """A hash database. Raises `ValueError` for a file that is of another kind, encrypted, or cut off before its first page ends."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._end = file.seek(0, 2)
        file.seek(0)
        meta = file.read(72)
        order = next((o for o in "<>" if len(meta) == 72 and Struct(f"{o}I").unpack_from(meta, 12)[0] == MAGIC), None)
        if order is None:
            raise ValueError("no Berkeley DB hash database")
        self._page = Struct(f"{order}8xIIIHHBB")  # lsn, pgno, prev_pgno, next_pgno, entries, hf_offset, level, type
        self._offpage = Struct(f"{order}4xII")  # type and padding, pgno, tlen
        self._order = order
        version, size = Struct(f"{order}II").unpack_from(meta, 16)
        self.last = int(Struct(f"{order}I").unpack_from(meta, 32)[0])
        if version not in VERSIONS:
            raise ValueError(f"a Berkeley DB hash of version {version}")
        if not 512 <= size <= 65536 or size & (size - 1) or self._end < size:
            raise ValueError(f"a Berkeley DB database of {self._end} bytes with pages of {size} bytes")
        if meta[24] or meta[26] & _CHECKSUMMED:
            raise ValueError("a Berkeley DB database that is encrypted or has checksums, which rpm never wrote")
        self.size = size
        file.seek(0)
        self._buckets = self._first_pages(file.read(size))
        # Overflow pages belong to one item each: all chains together are no longer than the file.
        self._budget = self._end // size

    def _first_pages(self, meta: bytes) -> set[int]:
        """Return the page that each bucket begins on (`BUCKET_TO_PAGE`), from the metadata of a hash (`HMETA33`)."""
        (buckets,) = Struct(f"{self._order}I").unpack_from(meta, 72)
        spares = Struct(f"{self._order}32I").unpack_from(meta, 96)
        if buckets >= self._end // self.size:
            raise ValueError(f"a Berkeley DB database of {self._end // self.size} pages that claims {buckets} buckets")
        return {bucket + spares[bucket.bit_length()] for bucket in range(buckets + 1)}

    @property
    def truncated(self) -> bool:
        """Whether the file ends before the last page that its metadata names."""
        return bool((self.last + 1) * self.size > self._end)

    def pairs(self) -> Iterator[tuple[bytes, bytes] | ValueError]:
        """Yield keys with their values; in place of a page or pair that is broken or not there, the `ValueError` that says so."""
        missing, found = set(self._buckets), set[int]()
        for number in range(1, self._end // self.size):
            self._file.seek(number * self.size)
            page = self._file.read(self.size)
            _, _, following, entries, _, _, kind = self._page.unpack_from(page)
            if kind not in (_SORTED, _UNSORTED):
                if not any(page):
                    missing.discard(number)  # of a bucket that nothing was put into yet
                continue
            found.add(number)
            if following:
                missing.add(following)
            if not entries:
                continue
            try:
                offsets = self._offsets(number, page, entries)
            except ValueError as error:
                yield error
                continue
            for at in range(0, entries, 2):
                before = offsets[at - 1] if at else self.size
                try:
                    key = self._item(page[offsets[at] : before])
                    yield key, self._item(page[offsets[at + 1] : offsets[at]])
                except ValueError as error:
                    yield error
        if missing := missing - found:
            yield ValueError(f"{len(missing)} pages of buckets of a Berkeley DB database are missing")

    def _offsets(self, number: int, page: bytes, entries: int) -> tuple[int, ...]:
        """Return where the items of a page begin; each ends where the one before it begins, the first at the end of the page."""
        first = PAGE_HEADER + 2 * entries
        if entries % 2 or first > self.size:
            raise ValueError(f"page {number} of a Berkeley DB database claims {entries} items")
        offsets: tuple[int, ...] = Struct(f"{self._order}{entries}H").unpack_from(page, PAGE_HEADER)
        if offsets[-1] < first or any(a <= b for a, b in zip((self.size, *offsets), offsets, strict=False)):
            raise ValueError(f"page {number} of a Berkeley DB database has items that overlap")
        return offsets

    def _item(self, item: bytes) -> bytes:
        if item[0] == _KEYDATA:
            return item[1:]
        if item[0] == _OFFPAGE and len(item) >= self._offpage.size:
            return self._chain(*self._offpage.unpack_from(item))
        raise ValueError(f"an item of type {item[0]}, which rpm never wrote, in a Berkeley DB database")

    def _chain(self, number: int, length: int) -> bytes:
        """Read an item that lies on pages of its own (`P_OVERFLOW`): each says how much of it is there, and which is next."""
        if length > self._end:
            raise ValueError("an item larger than its Berkeley DB database")
        parts, missing = [], length
        while missing > 0:
            self._budget -= 1
            if self._budget < 0:
                raise ValueError("a Berkeley DB database whose overflow pages go in a circle")
            if not 0 < number < self._end // self.size:
                raise ValueError(f"page {number} of a Berkeley DB database is missing")
            self._file.seek(number * self.size)
            page = self._file.read(self.size)
            _, _, following, _, used, _, kind = self._page.unpack_from(page)
            if kind != _OVERFLOW or not 0 < used <= self.size - PAGE_HEADER:
                raise ValueError(f"page {number} of a Berkeley DB database is no overflow page")
            parts.append(page[PAGE_HEADER : PAGE_HEADER + used])
            missing -= used
            number = following
        if missing:
            raise ValueError("an item of a Berkeley DB database that is longer than it says")
        return b"".join(parts)
