"""A folder as if it were a layer: every member below it, no link followed, nothing outside it read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from pratique.formats.tar import Header

READ = 1 << 20
"""Bytes read at a time."""
MAX_FOLDERS = 256
"""Folders within folders; deeper ones are said and not entered."""
_TYPES = {stat.S_IFREG: "f", stat.S_IFDIR: "d", stat.S_IFLNK: "l", stat.S_IFCHR: "c", stat.S_IFBLK: "b", stat.S_IFIFO: "p", stat.S_IFSOCK: "p"}
_NOT_ENTERED = frozenset({"proc", "sys", "dev"})
"""Mount points of the kernel's own file systems, where a running root is scanned."""


class File:
    """The bytes of one member: opened when they are asked for, no link followed."""

    __slots__ = ("_name", "_note", "_parent", "_path")

    def __init__(self, parent: int, name: str, path: str, note: Callable[[str, str, str], None]) -> None:
        self._parent, self._name, self._path, self._note = parent, name, path, note

    def peek(self, size: int) -> bytes:
        """Return the first bytes."""
        return next(self._read(size), b"")

    def chunks(self) -> Iterator[bytes]:
        """Yield all bytes in blocks."""
        return self._read(READ)

    def _read(self, size: int) -> Iterator[bytes]:
        try:
            descriptor = os.open(self._name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._parent)
        except OSError as fault:
            self._note("unreadable", f"the file could not be read: {fault.strerror}", self._path)
            return
        try:
            while chunk := os.read(descriptor, size):
                yield chunk
        except OSError as fault:
            self._note("unreadable", f"the file could not be read to its end: {fault.strerror}", self._path)
        finally:
            os.close(descriptor)


def walk(folder: Path, note: Callable[[str, str, str], None]) -> Iterator[tuple[Header, File]]:
    """Yield each member below a folder, sorted, with its bytes.

    `note(id, message, path)` is told what could not be read. Raises `OSError` where the folder itself cannot be.
    """
    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        device = os.fstat(top).st_dev
        yield from _below(top, "", device, note, 0, _is_root(folder))
    finally:
        os.close(top)


def _is_root(folder: Path) -> bool:
    return (folder / "etc").is_dir()


def _below(parent: int, prefix: str, device: int, note: Callable[[str, str, str], None], depth: int, root: bool) -> Iterator[tuple[Header, File]]:
    try:
        names = sorted(os.listdir(parent))
    except OSError as fault:
        note("unreadable", f"the folder could not be read: {fault.strerror}", prefix)
        return
    for name in names:
        path = f"{prefix}/{name}" if prefix else name
        try:
            status = os.stat(name, dir_fd=parent, follow_symlinks=False)
            kind = _TYPES[stat.S_IFMT(status.st_mode)]
            link = os.readlink(name, dir_fd=parent) if kind == "l" else ""
            capabilities = b""
        except (OSError, KeyError) as fault:
            note("unreadable", f"the member could not be read: {fault}", path)
            continue
        size = status.st_size if kind == "f" else 0
        header = Header(path, kind, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, size, int(status.st_mtime), link, capabilities)
        yield header, File(parent, name, path, note)
        if kind == "d" and not (root and not prefix and name in _NOT_ENTERED and status.st_dev != device):
            if depth >= MAX_FOLDERS:
                note("limit-exceeded", f"folders deeper than {MAX_FOLDERS} were not entered", path)
                continue
            try:
                inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
            except OSError as fault:
                note("unreadable", f"the folder could not be read: {fault.strerror}", path)
                continue
            try:
                yield from _below(inner, path, device, note, depth + 1, root)
            finally:
                os.close(inner)
