"""The members of an image archive by name: where each lies in the file. Nothing is extracted.

POSIX.1-2017 pax "Interchange Format", GNU tar manual "Tar Internals"; of these only what archives of images have: files, links, long names.
"""

from __future__ import annotations

import os
import posixpath
import re
from typing import NamedTuple

from pratique.errors import Corrupt, MalformedImage
from pratique.image.opened import Extent

RECORD = 512
MAX_MEMBERS = 100_000
"""Members of an image archive: a few for each layer. More is an attack, or the tar of a file system."""
MAX_EXTENDED = 1 << 20
"""Bytes of one pax header or GNU long name, as in `formats.tar`."""
MAX_LINKS = 16
"""Links followed from one name to its bytes: engines write one."""
_NUMBER = re.compile(rb"[\0 ]*([0-7]*)[\0 ]*")
_CORRUPT = "Copy or save the image again."


class Member(NamedTuple):
    """Where the bytes of a member lie, or what it links to."""

    offset: int
    size: int
    link: str = ""


class TarIndex:
    """The members of an open tar. Names are relative and clean; those that climb out of the archive are left out."""

    def __init__(self, descriptor: int, name: str) -> None:
        """Read all headers. Raises `MalformedImage` where the file is no tar, `Corrupt` where its headers are damaged."""
        self._descriptor = descriptor
        self._name = name
        self.members: dict[str, Member] = {}
        self.repeated: set[str] = set()
        self.cut = False
        """Whether the file ends before the archive does."""
        self._walk(os.fstat(descriptor).st_size)

    def find(self, name: str) -> Extent | None:
        """Return the bytes of a member, links followed within the archive; None where there is no such file. Raises `Corrupt`."""
        for _ in range(MAX_LINKS):
            member = self.members.get(name)
            if member is None:
                return None
            if not member.link:
                return Extent(self._descriptor, member.offset, member.size, f"{name} in {self._name}")
            name = member.link
        raise Corrupt(f"{name!r} in {self._name} is a link that never ends.", _CORRUPT)

    def whole(self, name: str, limit: int) -> bytes | None:
        """Return the bytes of a small member that stands in the archive once, or None. Raises `Corrupt`."""
        if name in self.repeated:
            raise Corrupt(f"{self._name} holds {name} more than once: readers would not agree on what it says.", _CORRUPT)
        extent = self.find(name)
        return None if extent is None else extent.whole(limit)

    def _walk(self, end: int) -> None:
        at = 0
        count = 0
        path = link = None
        records: dict[bytes, bytes] = {}
        while True:
            header = os.pread(self._descriptor, RECORD, at)
            if len(header) < RECORD:
                self.cut = bool(header) or at > end or not count
                if not count:
                    raise MalformedImage(f"{self._name} is no tar archive.", "An image archive is what `docker save` or `skopeo copy` writes.")
                return
            if not header.strip(b"\0"):
                return
            if not _checksum_holds(header):
                if not count:
                    raise MalformedImage(f"{self._name} is no tar archive.", "An image archive is what `docker save` or `skopeo copy` writes.")
                raise Corrupt(f"{self._name} has a damaged header at byte {at}.", _CORRUPT)
            count += 1
            if count > MAX_MEMBERS:
                raise MalformedImage(
                    f"{self._name} has more than {MAX_MEMBERS} members: no archive of an image.",
                    "If it is a root file system, unpack it and scan dir:FOLDER.",
                )
            flag = header[156:157]
            size = _number(header[124:136], self._name, at)
            at += RECORD
            if flag in b"xgLK" and flag:
                if size > MAX_EXTENDED:
                    raise Corrupt(f"{self._name} has a name of {size} bytes.", _CORRUPT)
                data = os.pread(self._descriptor, size, at)
                if flag == b"L":
                    path = data.split(b"\0")[0]
                elif flag == b"K":
                    link = data.split(b"\0")[0]
                else:  # as archive/tar does: of several the last counts, and one for all members (`g`) ends what stood before it
                    records = _records(data, self._name) if flag == b"x" else {}
                    path, link = (path, link) if flag == b"x" else (None, None)
                at += _padded(size)
                continue
            if records.get(b"size"):
                size = _decimal(records[b"size"], self._name)
            name = clean(path or records.get(b"path") or _ustar_name(header))
            target = link or records.get(b"linkpath") or header[157:257].split(b"\0")[0]
            path, link, records = None, None, {}
            has_data = flag in b"\0" + b"07"
            if name is not None:
                self._enter(name, flag, Member(at, size), target)
            if has_data or flag not in b"123456":
                at += _padded(size)

    def _enter(self, name: str, flag: bytes, member: Member, target: bytes) -> None:
        if flag in b"\0" + b"07":
            entry = member
        elif flag == b"1":
            entry = Member(0, 0, clean(target) or "")
        elif flag == b"2":
            joined = target if target.startswith(b"/") else posixpath.join(posixpath.dirname(name.encode("utf-8", "surrogateescape")), target)
            entry = Member(0, 0, clean(joined, climb=True) or "")
        else:
            return
        if flag in b"12" and not entry.link:
            return
        if name in self.members:
            self.repeated.add(name)
        self.members[name] = entry


def clean(raw: bytes, *, climb: bool = False) -> str | None:
    """Return a member's name as a relative path; None for one that climbs out of the archive.

    `climb`: `..` is resolved (in the target of a link) as long as it stays within; in a name itself it is never followed.
    """
    parts: list[bytes] = []
    for part in raw.split(b"/"):
        if part == b"..":
            if not climb or not parts:
                return None
            parts.pop()
        elif part not in {b"", b"."}:
            parts.append(part)
    return b"/".join(parts).decode("utf-8", "surrogateescape") or None


def _ustar_name(header: bytes) -> bytes:
    name = header[:100].split(b"\0")[0]
    prefix = header[345:500].split(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def _records(data: bytes, name: str) -> dict[bytes, bytes]:
    """Return the records of a pax header: `LENGTH KEY=VALUE` and a line feed each."""
    records: dict[bytes, bytes] = {}
    at = 0
    while at < len(data):
        space = data.find(b" ", at, at + 20)
        length = _decimal(data[at:space], name) if space > 0 else 0
        key, equals, value = data[space + 1 : at + length - 1].partition(b"=")
        if length < 5 or not equals or at + length > len(data):
            raise Corrupt(f"{name} has a damaged pax header.", _CORRUPT)
        records[key] = value
        at += length
    return records


def _decimal(digits: bytes, name: str) -> int:
    if not digits.isdigit() or len(digits) > 20:
        raise Corrupt(f"{name} has a damaged pax header.", _CORRUPT)
    return int(digits)


def _number(field: bytes, name: str, at: int) -> int:
    """Return an octal number, or a base-256 one (GNU)."""
    if field[0] & 0x80:
        value = int.from_bytes(bytes((field[0] & 0x7F,)) + field[1:], "big")
        if value < 1 << 62:
            return value
    elif match := _NUMBER.fullmatch(field):
        return int(match[1] or b"0", 8)
    raise Corrupt(f"{name} has a damaged header at byte {at}.", _CORRUPT)


def _checksum_holds(header: bytes) -> bool:
    match = _NUMBER.fullmatch(header[148:156])
    return match is not None and sum(header) - sum(header[148:156]) + 8 * 32 == int(match[1] or b"0", 8)


def _padded(size: int) -> int:
    return size + -size % RECORD
