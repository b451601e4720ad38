"""The header of an RPM package, as the package databases keep it: an index of tags and a store of their values.

Source: https://rpm-software-management.github.io/rpm/manual/format_header.html (without the lead-in of eight bytes that package files have)
and the tags of https://rpm-software-management.github.io/rpm/manual/tags.html.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from enum import IntEnum
from struct import Struct

MAX_ENTRIES = 0xFFFF
"""rpm itself refuses a header with more (`hdrchkTags`)."""
MAX_STORE = 0x0FFFFFFF
"""In bytes; rpm itself refuses a larger store (`hdrchkData`)."""

_INTRO = Struct(">II")
_ENTRY = Struct(">4I")


class Tag(IntEnum):
    """The tags that are read here, by rpm's own names and numbers."""

    NAME = 1000
    VERSION = 1001
    RELEASE = 1002
    EPOCH = 1003
    BUILDTIME = 1006
    INSTALLTIME = 1008
    SIZE = 1009
    VENDOR = 1011
    LICENSE = 1014
    ARCH = 1022
    FILEMODES = 1030
    FILEDIGESTS = 1035
    FILEFLAGS = 1037
    SOURCERPM = 1044
    FILEVERIFYFLAGS = 1045
    PROVIDENAME = 1047
    REQUIRENAME = 1049
    DIRINDEXES = 1116
    BASENAMES = 1117
    DIRNAMES = 1118
    FILEDIGESTALGO = 5011
    MODULARITYLABEL = 5096


class FileFlag(IntEnum):
    """Bits of FILEFLAGS."""

    CONFIG = 1
    """Settings: whoever installs the package is expected to change them."""
    GHOST = 1 << 6
    """Listed, but its content is not in the package."""


_STRING, _BINARY, _STRINGS, _I18N = 6, 7, 8, 9
_INTEGERS = {2: ("B", 1), 3: ("H", 2), 4: ("I", 4), 5: ("Q", 8)}
_WIDTHS = {0: 0, 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, _BINARY: 1}


class Header:
    """One header. Values are decoded when they are asked for; an absent tag is an empty value, a broken one raises `ValueError`."""

    __slots__ = ("_blob", "_index", "_offsets", "_store")

    def __init__(self, blob: bytes) -> None:
        if len(blob) < _INTRO.size:
            raise ValueError("an RPM header that ends before its index")
        entries, size = _INTRO.unpack_from(blob)
        if not 0 < entries <= MAX_ENTRIES or size > MAX_STORE:
            raise ValueError(f"an RPM header that claims {entries} entries and {size} bytes")
        self._store = _INTRO.size + _ENTRY.size * entries
        if len(blob) < self._store + size:
            raise ValueError(f"an RPM header of {len(blob)} bytes that claims {self._store + size}")
        self._blob = blob
        # Of a tag that is there twice the later counts: rpm appends what it changes on installation ("dribbles").
        self._index = {tag: (kind, offset, count) for tag, kind, offset, count in _ENTRY.iter_unpack(blob[_INTRO.size : self._store])}
        self._offsets: list[int] | None = None

    def __contains__(self, tag: int) -> bool:
        return tag in self._index

    def string(self, tag: int) -> str:
        """Return a string, or the first of several; bytes that are not UTF-8 are replaced."""
        kind, start, _, end = self._span(tag)
        if not kind:
            return ""
        if kind not in (_STRING, _STRINGS, _I18N):
            raise ValueError(f"RPM tag {tag} is no string")
        stop = self._blob.find(b"\0", start, end)
        if stop < 0:
            raise ValueError(f"RPM tag {tag} is a string without an end")
        return self._blob[start:stop].decode("utf-8", "replace")

    def raw_strings(self, tag: int) -> list[bytes]:
        """Return an array of strings as bytes."""
        kind, start, count, end = self._span(tag)
        if not kind:
            return []
        if kind not in (_STRING, _STRINGS, _I18N):
            raise ValueError(f"RPM tag {tag} is no array of strings")
        return self._blob[start:end].split(b"\0", count)[:count]

    def strings(self, tag: int) -> list[str]:
        """Return an array of strings; bytes that are not UTF-8 are replaced."""
        raw = self.raw_strings(tag)
        return b"\0".join(raw).decode("utf-8", "replace").split("\0") if raw else []

    def integers(self, tag: int) -> tuple[int, ...]:
        """Return an array of unsigned integers."""
        kind, start, count, _ = self._span(tag)
        if not kind:
            return ()
        if kind not in _INTEGERS:
            raise ValueError(f"RPM tag {tag} is no array of integers")
        return Struct(f">{count}{_INTEGERS[kind][0]}").unpack_from(self._blob, start)

    def integer(self, tag: int) -> int | None:
        """Return the first integer of a tag, or None where it is absent."""
        values = self.integers(tag)
        return values[0] if values else None

    def files(self) -> tuple[list[bytes], tuple[int, ...], list[bytes]]:
        """Return the folders (each with its `/` at the end), for each file the number of its folder, and for each file its name.

        Raises `ValueError` where the three do not fit together.
        """
        folders, numbers, names = self.raw_strings(Tag.DIRNAMES), self.integers(Tag.DIRINDEXES), self.raw_strings(Tag.BASENAMES)
        if len(numbers) != len(names) or (numbers and max(numbers) >= len(folders)):
            raise ValueError("an RPM header whose files and folders do not fit together")
        return folders, numbers, names

    def thinned(self, tags: Collection[int]) -> bytes:
        """Return the header, as long as before, with zeros in place of the values of all other tags: it compresses to little."""
        parts, at = [self._blob[: self._store]], self._store
        for start, end in sorted((start, end) for kind, start, _, end in map(self._span, tags) if kind):
            if end > at:
                parts += [bytes(max(0, start - at)), self._blob[max(start, at) : end]]
                at = end
        parts.append(bytes(len(self._blob) - at))
        return b"".join(parts)

    def reduced(self, tags: Collection[int]) -> bytes:
        """Return a header that has these tags alone."""
        entries, store, size = bytearray(), list[bytes](), 0
        for tag in tags:
            kind, start, count, end = self._span(tag)
            if kind:
                padding = -size % 8  # the strictest alignment; readers other than this one may ask for it
                store += [bytes(padding), self._blob[start:end]]
                entries += _ENTRY.pack(tag, kind, size + padding, count)
                size += padding + end - start
        return b"".join([_INTRO.pack(len(entries) // _ENTRY.size, size), entries, *store])

    def _span(self, tag: int) -> tuple[int, int, int, int]:
        """Return type, first byte, count and the byte after the last of a value; type 0 where the tag is absent."""
        found = self._index.get(tag)
        if found is None:
            return 0, 0, 0, 0
        kind, offset, count = found
        start, limit = self._store + offset, len(self._blob)
        if start >= limit:
            raise ValueError(f"RPM tag {tag} lies outside of its header")
        width = _WIDTHS.get(kind)
        if width is not None:
            end = start + width * count
            if end > limit:
                raise ValueError(f"RPM tag {tag} reaches over the end of its header")
            return kind, start, count, end
        # The length of strings is not written: they end where the next value begins.
        if self._offsets is None:
            self._offsets = sorted({entry[2] for entry in _ENTRY.iter_unpack(self._blob[_INTRO.size : self._store])})
        following = bisect_right(self._offsets, offset)
        end = self._store + self._offsets[following] if following < len(self._offsets) else limit
        if (strings := self._blob.count(0, start, end)) < count:
            raise ValueError(f"RPM tag {tag} claims {count} strings and has {strings}")
        return kind, start, count, end
