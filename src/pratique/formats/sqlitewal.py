"""Reads the write-ahead log (`-wal`) of an SQLite database: the last committed version of each page in it.

Source: https://www.sqlite.org/fileformat2.html section 4. As SQLite does when it opens the database, frames count up to the last commit before
the first frame whose salt or checksum is wrong: what follows is left over from an earlier use of the file, or was never committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO

MAGICS = {0x377F0682: "<", 0x377F0683: ">"}
"""The magic says in which byte order the checksum reads its words."""
VERSION = 3007000
HEADER, FRAME = 32, 24
"""Bytes of the header of the log and of each frame."""

_MASK = 0xFFFFFFFF
_HEADER = Struct(">8I")
_FRAME = Struct(">6I")


class Log:
    """A write-ahead log that was read and checked. A header that is not valid, or no frame: an empty log, as for SQLite."""

    size = 0
    """The bytes of a page; 0 where nothing was committed."""
    count = 0
    """The number of pages of the database after the last commit."""
    dropped = 0
    """Frames that carry the salt of this log but were not applied: not committed, or damaged."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._frames: dict[int, int] = {}
        file.seek(0)
        header = file.read(HEADER)
        if len(header) < HEADER:
            return
        magic, version, size, _, salt1, salt2, sum1, sum2 = _HEADER.unpack(header)
        order = MAGICS.get(magic)
        if order is None or version != VERSION or not 512 <= size <= 65536 or size & (size - 1):
            return
        if checksum(order, header[:24], (0, 0)) == (sum1, sum2):
            self._read(order, size, (salt1, salt2), (sum1, sum2))

    def _read(self, order: str, size: int, salts: tuple[int, int], state: tuple[int, int]) -> None:
        at, pending, valid = HEADER, dict[int, int](), True
        while len(frame := self._file.read(FRAME + size)) == FRAME + size:
            number, commit, salt1, salt2, sum1, sum2 = _FRAME.unpack_from(frame)
            if (salt1, salt2) != salts:
                break
            if valid:
                state = checksum(order, frame[FRAME:], checksum(order, frame[:8], state))
                valid = state == (sum1, sum2) and number > 0
            if valid:
                pending[number] = at + FRAME
                if commit:
                    self._frames.update(pending)
                    pending = {}
                    self.size, self.count, self.dropped = size, commit, 0
                else:
                    self.dropped += 1
            else:
                self.dropped += 1
            at += FRAME + size

    def pages(self) -> Iterator[tuple[int, bytes]]:
        """Yield the last committed version of each page that the database still has."""
        for number, at in self._frames.items():
            if number <= self.count:
                self._file.seek(at)
                yield number, self._file.read(self.size)


def checksum(order: str, data: bytes, state: tuple[int, int]) -> tuple[int, int]:
    """Continue the checksum of section 4.2 over data whose length is a multiple of 8."""
    a, b = state
    words = iter(Struct(f"{order}{len(data) // 4}I").unpack(data))
    for first, second in zip(words, words, strict=True):
        a = a + first + b & _MASK
        b = b + second + a & _MASK
    return a, b
