"""A tar archive as it passes: every member in order, nothing kept, nothing extracted.

Reads ustar, pax and GNU archives (POSIX.1-2017 pax "Interchange Format"; GNU tar manual, "Tar Internals"). Where readers differ, this one reads
as the engines do (Go's `archive/tar`): links, directories and devices carry no data whatever their size field says, a pax size overrides the
header's, a GNU long name overrides a pax path, headers for all members count for none, two zero blocks end the archive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar
from zlib import adler32

T = TypeVar("T")

BLOCK = 512
ZERO = bytes(BLOCK)
MAX_EXTENDED = 1 << 20
"""Bytes of one pax header or GNU long name; the engines' own limit (Go: `maxSpecialFileSize`)."""
MAX_PATH = 4096
"""Bytes of a path: PATH_MAX of Linux. No engine could create a longer one."""
MAX_SPARSE_ENTRIES = 100_000
"""Data regions of one sparse file; a real one has a few thousand."""
MAX_HOLES = 1 << 30
"""Bytes of zeros that sparse files of one archive may expand to: a few bytes can claim exabytes."""

REMEMBERED = 4096
"""Different header fields whose number is remembered."""
TYPES = {48: "f", 0: "f", 55: "f", 49: "h", 50: "l", 51: "c", 52: "b", 53: "d", 54: "p", 83: "f"}
"""Type flags by their byte, as the letters of `find -type` (`h`: hard link)."""
CAPABILITY = b"SCHILY.xattr.security.capability"
_UNCLEAN = re.compile(rb"^\.?/|//|/\.{1,2}(?:/|$)|^\.{1,2}(?:/|$)|/$")


class TarFault(ValueError):
    """The archive breaks off or breaks its format; what was read before stands. `id` is a word for a Gap."""

    def __init__(self, id: str, message: str) -> None:
        super().__init__(message)
        self.id = id


class Header(NamedTuple):
    """One member. `path` and `link` as in `pratique.model`: relative, clean, decoded with surrogateescape."""

    path: str
    type: str
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    link: str
    capabilities: bytes


class Blocks:
    """A forward reader over byte blocks of any size."""

    __slots__ = ("_buffer", "_length", "_next", "_position")

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._next = blocks.__next__
        self._buffer = b""
        self._position = 0
        self._length = 0

    def _more(self) -> bool:
        try:
            block = self._next()
        except StopIteration:
            return False
        if self._position < self._length:
            block = self._buffer[self._position :] + block
        self._buffer = block
        self._length = len(block)
        self._position = 0
        return True

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes; fewer only at the end."""
        position = self._position
        end = position + size
        while end > self._length:
            if not self._more():
                rest = self._buffer[self._position :]
                self._position = self._length
                return rest
            position = self._position
            end = position + size
        self._position = end
        return self._buffer[position:end]

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes without taking them; fewer only at the end."""
        while self._length - self._position < size and self._more():
            pass
        position = self._position
        return self._buffer[position : position + size]

    def chunks(self, size: int) -> Iterator[memoryview]:
        """Yield the next `size` bytes in pieces as they lie; fewer only at the end."""
        while size:
            left = self._length - self._position
            if not left:
                if not self._more():
                    return
                continue
            position = self._position
            step = left if left < size else size
            self._position = position + step
            size -= step
            yield memoryview(self._buffer)[position : position + step]

    def skip(self, size: int) -> int:
        """Pass over the next `size` bytes; return how many were missing."""
        while size:
            left = self._length - self._position
            if left >= size:
                self._position += size
                return 0
            size -= left
            self._position = self._length
            if not self._more():
                return size
        return 0


class Tar:
    """Iterate to get each Header; before the next one, `peek()` and `chunks()` give the member's bytes, holes of sparse files filled with zeros.

    Raises `TarFault` where the archive breaks off or breaks its format. `note(id, message)` is told of what is odd but can be read.
    """

    def __init__(self, blocks: Iterator[bytes], note: Callable[[str, str], None] = lambda *_: None) -> None:
        self._blocks = Blocks(blocks)
        self._note = note
        self._left = 0
        self._padding = 0
        self._sparse: list[tuple[int, int]] | None = None
        self._real_size = 0
        self._holes = 0

    def peek(self, size: int) -> bytes:
        """Return the first bytes of the current member without taking them; of a sparse file, or before the end of the archive, maybe fewer."""
        if self._sparse is not None:
            return b""
        return self._blocks.peek(size if size < self._left else self._left)

    def chunks(self) -> Iterator[memoryview]:
        """Yield the bytes of the current member, once."""
        if self._sparse is not None:
            return self._filled(self._sparse)
        return self._whole(self._left, 0)

    def _whole(self, size: int, left: int) -> Iterator[memoryview]:
        self._left = left  # only now: who never asks for the first piece has taken nothing
        got = 0
        for chunk in self._blocks.chunks(size):
            got += len(chunk)
            yield chunk
        if got < size:
            raise TarFault("layer-truncated", f"the archive ends {size - got} bytes before the end of a member")

    def _filled(self, regions: list[tuple[int, int]]) -> Iterator[memoryview]:
        """Yield a sparse file's bytes (GNU tar manual, "Storing Sparse Files")."""
        self._sparse = None
        position = 0
        for offset, size in (*regions, (self._real_size, 0)):
            hole = offset - position
            if hole < 0 or size < 0 or size > self._left:
                raise TarFault("layer-corrupt", "the map of a sparse file overlaps itself or its end")
            self._holes += hole
            if self._holes > MAX_HOLES:
                raise TarFault("limit-exceeded", f"sparse files expand to more than {MAX_HOLES >> 30} GiB of zeros")
            while hole:
                step = min(hole, 1 << 16)
                hole -= step
                yield memoryview(bytes(step))
            yield from self._whole(size, self._left - size)
            position = offset + size

    def __iter__(self) -> Iterator[Header]:
        blocks = self._blocks
        owners: dict[bytes, tuple[int, int, int]] = {}  # mode, uid and gid, and times: the same few in most archives
        times: dict[bytes, int] = {}
        while True:
            if self._left or self._padding:
                missing = blocks.skip(self._left + self._padding)
                if missing > self._padding:
                    raise TarFault("layer-truncated", f"the archive ends {missing - self._padding} bytes before the end of a member")
                self._left = self._padding = 0
            self._sparse = None
            own: dict[bytes, bytes] = {}
            long_name = long_link = None
            while True:
                block = blocks.take(BLOCK)
                if len(block) < BLOCK:
                    if block:
                        raise TarFault("layer-truncated", "the archive ends within a header")
                    self._note("end-missing", "the archive has no end mark; it may have been cut between two members")
                    return
                if block[0] == 0 and block == ZERO:
                    following = blocks.take(BLOCK)
                    if len(following) < BLOCK or following == ZERO:
                        return
                    self._note("zero-block", "a single zero block within the archive: engines refuse what follows, it was read all the same")
                    block = following
                # The checksum: the sum of all bytes, its own field counted as spaces. The low half of Adler-32 is 1 + that sum modulo 65521.
                owner = block[100:124]
                numbers = owners.get(owner)
                if numbers is None:
                    numbers = _kept(owners, owner, (octal(block[100:108]) & 0o7777, octal(block[108:116]), octal(block[116:124])))
                time = block[136:148]
                mtime = times.get(time)
                if mtime is None:
                    mtime = _kept(times, time, octal(time))
                digits, claimed_digits = block[124:135], block[148:154]
                try:  # what archivers write: digits and a zero byte or a space
                    if not (digits.isdigit() and claimed_digits.isdigit()) or block[135] not in b"\0 ":
                        raise ValueError
                    size, claimed = int(digits, 8), int(claimed_digits, 8)
                except ValueError:
                    size, claimed = octal(block[124:136]), octal(block[148:156])
                if ((adler32(block) & 0xFFFF) - 1 - sum(block[148:156]) + 256 - claimed) % 65521 and not checksum_holds(block, claimed):
                    raise TarFault("layer-corrupt", "a header's checksum is wrong; what follows cannot be told apart")
                flag = block[156]
                if flag == 76 or flag == 75:  # L, K: GNU long name, long link
                    text = self._extended(size).rstrip(b"\0")
                    long_name, long_link = (text, long_link) if flag == 76 else (long_name, text)
                elif flag == 120:  # x: pax, for the next member; of several, the last counts
                    own = dict(pax_records(self._extended(size)))
                elif flag == 103:  # g: pax, for all that follow; archive/tar gives it as a member, so what stood before it is lost
                    self._global(self._extended(size))
                    own, long_name, long_link = {}, None, None
                else:
                    break
            yield self._member(block, flag, (*numbers, size, mtime), own, (long_name, long_link))

    def _member(
        self, block: bytes, flag: int, numbers: tuple[int, int, int, int, int], pax: dict[bytes, bytes], long: tuple[bytes | None, bytes | None]
    ) -> Header:
        mode, uid, gid, size, mtime = numbers
        long_name, long_link = long
        name = block[:100] if block[99] else block[: block.index(0)]
        if block[345] and block[257:263] == b"ustar\0":
            name = block[345:500].split(b"\0", 1)[0] + b"/" + name
        kind = TYPES.get(flag, "f")
        link = b""
        if kind in "hl":
            link = block[157:257].split(b"\0", 1)[0]
        capabilities = b""
        if pax:
            name = pax.get(b"path") or name  # an empty value says nothing
            link = pax.get(b"linkpath") or link
            size = number(pax, b"size", size)
            uid, gid, mtime = number(pax, b"uid", uid), number(pax, b"gid", gid), number(pax, b"mtime", mtime)
            capabilities = pax.get(CAPABILITY, b"")
        name, link = long_name or name, (long_link or link) if kind in "hl" else link
        if size < 0:
            raise TarFault("layer-corrupt", "a member of negative size")
        if kind == "f":
            if flag == 0 and name.endswith(b"/"):
                kind = "d"  # before ustar a directory was a file whose name ends in a slash
            self._left = size
            self._padding = -size % BLOCK
            if flag == 83:
                size = self._gnu_sparse(block)
            elif pax and is_sparse(pax):
                name = pax.get(b"GNU.sparse.name") or name
                size = self._pax_sparse(pax)
        else:
            size = 0
        if len(name) > MAX_PATH or len(link) > MAX_PATH:
            self._note("path-too-long", f"a member whose path is longer than {MAX_PATH} bytes: no engine can create it")
            name, link = name[:MAX_PATH], link[:MAX_PATH]
        path = self._clean(name)
        target = self._clean(link) if kind == "h" else link.decode("utf-8", "surrogateescape") if link else ""
        return Header(path, kind, mode, uid, gid, size, mtime, target, capabilities)

    def _global(self, data: bytes) -> None:
        if any(keyword != b"comment" for keyword, _ in pax_records(data)):
            self._note("pax-global", "a header for all members that follow: engines ignore it, other readers do not")

    def _clean(self, name: bytes) -> str:
        """Return a path below the root. One that climbs out of it is said, and kept below: so do the engines, or they refuse it."""
        if name[:2] == b"./":
            name = name[2:]
        if name[-1:] == b"/":
            name = name[:-1]
        if b"//" not in name and b"/." not in name and b"\0" not in name and name[:1] not in b"/.":
            return name.decode("utf-8", "surrogateescape")
        if b"\0" in name:
            self._note("path-odd", "a member's path holds a zero byte")
            name = name.split(b"\0", 1)[0]
        if _UNCLEAN.search(name):
            parts: list[bytes] = []
            for part in name.split(b"/"):
                if part == b"..":
                    if not parts:
                        self._note("path-escapes", f"a member's path climbs out of the root: {printable(name)}")
                    else:
                        parts.pop()
                elif part not in (b"", b"."):
                    parts.append(part)
            name = b"/".join(parts)
        return name.decode("utf-8", "surrogateescape")

    def _extended(self, size: int) -> bytes:
        if size < 0 or size > MAX_EXTENDED:
            raise TarFault("limit-exceeded", f"an extended header of {size} bytes; {MAX_EXTENDED} are allowed")
        data = self._blocks.take(size)
        if len(data) < size or self._blocks.skip(-size % BLOCK):
            raise TarFault("layer-truncated", "the archive ends within an extended header")
        return data

    def _gnu_sparse(self, block: bytes) -> int:
        """Read the map of an old GNU sparse file, which lies in its header and the blocks after it; return the file's real size."""
        regions: list[tuple[int, int]] = []
        fields, extended = block[386:482], block[482]
        while True:
            for at in range(0, len(fields) - 23, 24):
                if not fields[at] and not fields[at + 12]:
                    break
                regions.append((octal(fields[at : at + 12]), octal(fields[at + 12 : at + 24])))
            if not extended:
                break
            more = self._blocks.take(BLOCK)
            if len(more) < BLOCK or len(regions) > MAX_SPARSE_ENTRIES:
                raise TarFault("layer-corrupt", "the map of a sparse file does not end")
            fields, extended = more[:504], more[504]
        self._sparse = regions
        self._real_size = octal(block[483:495])
        return self._real_size

    def _pax_sparse(self, pax: dict[bytes, bytes]) -> int:
        """Read the map of a pax sparse file: formats 0.0 and 0.1 in the header, 1.0 at the head of its data; return the file's real size."""
        real = number(pax, b"GNU.sparse.size", number(pax, b"GNU.sparse.realsize", 0))
        if pax.get(b"GNU.sparse.major") == b"1":
            numbers: list[int] = []
            text = b""
            wanted = 1
            while len(numbers) < wanted:
                block = self._blocks.take(BLOCK)
                self._left -= BLOCK
                if len(block) < BLOCK or self._left < 0 or len(numbers) > 2 * MAX_SPARSE_ENTRIES:
                    raise TarFault("layer-corrupt", "the map of a sparse file does not end")
                *lines, text = (text + block).split(b"\n")
                for line in lines:
                    if len(numbers) < wanted:
                        numbers.append(decimal(line))
                        wanted = 1 + 2 * numbers[0]
            flat = numbers[1:]
        else:
            flat = [decimal(part) for part in pax.get(b"GNU.sparse.map", b"").split(b",") if part]
        if len(flat) > 2 * MAX_SPARSE_ENTRIES or len(flat) % 2:
            raise TarFault("layer-corrupt", "the map of a sparse file is broken")
        self._sparse = list(zip(flat[::2], flat[1::2], strict=True))
        self._real_size = real
        return real


def _kept(known: dict[bytes, T], field: bytes, value: T) -> T:
    if len(known) >= REMEMBERED:
        known.clear()
    known[field] = value
    return value


def octal(field: bytes) -> int:
    """Return the number in a header field: octal digits, or base 256 where the first bit is set (GNU, star)."""
    if not field:
        return 0
    if field[0] & 0x80:
        value = int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
        return value - (1 << (8 * len(field) - 1)) if field[0] & 0x40 else value
    try:
        return int(field.split(b"\0", 1)[0] or b"0", 8)
    except ValueError:
        text = field.strip(b" \0")
        if not text:
            return 0
        raise TarFault("layer-corrupt", f"a header field that is no number: {printable(field)}") from None


def checksum_holds(block: bytes, claimed: int) -> bool:
    """Tell whether a header's checksum is right, counted with unsigned bytes as the standard says or with signed ones as old archivers did."""
    counted = block[:148] + b"        " + block[156:]
    return claimed in (sum(counted), sum(byte - 256 if byte > 127 else byte for byte in counted))


def pax_records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    r"""Yield the keyword and value of each record `LENGTH KEYWORD=VALUE\\n`; old sparse maps (format 0.0) are joined into `GNU.sparse.map`."""
    position = 0
    regions: list[bytes] = []
    while position < len(data):
        space = data.find(b" ", position, position + 20)
        length = decimal(data[position:space]) if space > 0 else 0
        end = position + length
        record = data[space + 1 : end]
        if space < 0 or end > len(data) or not record.endswith(b"\n") or b"=" not in record:
            raise TarFault("layer-corrupt", "a record of an extended header is broken")
        keyword, _, value = record[:-1].partition(b"=")
        if keyword in (b"GNU.sparse.offset", b"GNU.sparse.numbytes"):
            regions.append(value)
        else:
            yield keyword, value
        position = end
    if regions:
        yield b"GNU.sparse.map", b",".join(regions)


def is_sparse(pax: dict[bytes, bytes]) -> bool:
    """Tell whether pax records are those of a sparse file, of a version that is known: others are ordinary files to archive/tar, too."""
    version = pax.get(b"GNU.sparse.major", b""), pax.get(b"GNU.sparse.minor", b"")
    return version in {(b"0", b"0"), (b"0", b"1"), (b"1", b"0")} or (version == (b"", b"") and bool(pax.get(b"GNU.sparse.map")))


def number(pax: dict[bytes, bytes], keyword: bytes, default: int) -> int:
    """Return the whole number of a pax record (times may have fractions), or the default where it is absent."""
    value = pax.get(keyword)
    return default if value is None or not value else decimal(value.split(b".", 1)[0])


def decimal(text: bytes) -> int:
    """Return a decimal number of at most 20 digits; raise `TarFault` for anything else."""
    if len(text) <= 20 and (text.isdigit() or (text[:1] == b"-" and text[1:].isdigit())):
        return int(text)
    raise TarFault("layer-corrupt", f"a number that is none: {printable(text[:40])}")


def printable(data: bytes) -> str:
    """Return bytes as text that is safe to show."""
    return data[:200].decode("utf-8", "backslashreplace").encode("unicode_escape").decode("ascii")
