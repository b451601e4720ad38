"""A mirror: a folder or address with an `index.json` that says of each file which partition it is, its sha256, how old and whether it is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from pratique.advisories.document import whole
from pratique.errors import DigestMismatch, FeedUnreachable, InvalidInput, MalformedAdvisory

if TYPE_CHECKING:
    from pratique.advisories.fetch import Fetch, Fetched

INDEX = "index.json"
INDEX_LIMIT = 16 << 20
VERSION = 1


class Entry(msgspec.Struct, frozen=True):
    """One file of a mirror."""

    feed: str
    partition: str
    path: str
    sha256: str
    fetched_at: str
    data_date: str | None = None
    complete: bool = False
    origin: str = "publisher"


class Index(msgspec.Struct, frozen=True):
    """The whole `index.json`."""

    version: int
    partitions: list[Entry]
    comment: str = ""


class Mirror:
    """A mirror as given by `--feeds`: its index is read once, a file when it is needed."""

    def __init__(self, location: str, fetch: Fetch, scratch: Path) -> None:
        """Read the index.

        Raises `InvalidInput` where there is none, `FeedUnreachable`, `MalformedAdvisory` where it is not version 1 or names unsafe paths.
        """
        self.location = location
        self._fetch = fetch
        self._scratch = scratch
        self._remote = re.match(r"[a-z][a-z0-9+.-]*://", location, re.IGNORECASE) is not None
        index = whole(self._index(), Index, f"the index of a mirror ({location})")
        if index.version != VERSION:
            raise MalformedAdvisory(
                f"the index of {location} has version {index.version}, known is {VERSION}", "Update pratique, or make the mirror anew."
            )
        self.entries = tuple(index.partitions)
        for entry in self.entries:
            _check(entry, location)

    def _index(self) -> bytes:
        if self._remote:
            fetched = self._fetch(f"{self.location.rstrip('/')}/{INDEX}", self._scratch)
            if fetched is None:
                raise FeedUnreachable(
                    f"{self.location} says that its index is unchanged, which was not asked", "Look at the mirror or the proxy before it."
                )
            try:
                return _limited(fetched.path)
            finally:
                fetched.path.unlink(missing_ok=True)
        path = Path(self.location) / INDEX
        if not path.is_file():
            raise InvalidInput(
                f"{self.location} is no mirror: it has no {INDEX}", "Give the folder or address of one (--feeds); `pratique feeds export` makes one."
            )
        return _limited(path)

    def all(self, feed: str) -> Iterator[Entry]:
        """Yield every entry of a feed."""
        return (entry for entry in self.entries if entry.feed == feed)

    def find(self, feed: str, *partitions: str) -> Entry | None:
        """Return the first of the partitions that the mirror has."""
        return next((entry for partition in partitions for entry in self.all(feed) if entry.partition == partition), None)

    def address(self, entry: Entry) -> str:
        """Return where a file is: what a report names as its source."""
        return f"{self.location.rstrip('/')}/{quote(entry.path, safe='/:') if self._remote else entry.path}"

    def take(self, entry: Entry, into: Path) -> Fetched:
        """Copy a file into a folder. Raises `DigestMismatch` where it is not what the index says, `FeedUnreachable` where it cannot be read."""
        from pratique.advisories.fetch import SIZE_LIMIT, Fetched, keep

        if self._remote:
            fetched = self._fetch(self.address(entry), into)
            if fetched is None:
                raise FeedUnreachable(
                    f"{self.address(entry)} is said to be unchanged, which was not asked", "Look at the mirror or the proxy before it."
                )
        else:
            root = Path(self.location).resolve()
            path = (root / entry.path).resolve()
            if not path.is_relative_to(root):
                raise MalformedAdvisory(f"{entry.path!r} of the mirror {self.location} leads out of it", "Make the mirror anew.")
            try:
                if not path.is_file() or path.stat().st_size > SIZE_LIMIT:
                    raise FeedUnreachable(f"{path} is named by the mirror's index, but is no file of usable size", "Make the mirror anew.")
                with path.open("rb") as file:
                    kept, sha256 = keep(iter(lambda: file.read(1 << 20), b""), into)
            except OSError as error:
                raise FeedUnreachable(f"{path} cannot be read: {error.strerror}", "Look at the mirror's permissions, or make it anew.") from None
            fetched = Fetched(kept, sha256, self.address(entry))
        if fetched.sha256 != entry.sha256.lower():
            fetched.path.unlink(missing_ok=True)
            raise DigestMismatch(
                f"{self.address(entry)} has sha256 {fetched.sha256}, the mirror's index says {entry.sha256}",
                "The mirror is damaged or half updated: make it anew.",
            )
        return fetched


def _limited(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(INDEX_LIMIT + 1)
    if len(data) > INDEX_LIMIT:
        raise MalformedAdvisory(f"the index of a mirror has more than {INDEX_LIMIT >> 20} MiB", "This is no index; make the mirror anew.")
    return data


def _check(entry: Entry, location: str) -> None:
    path = PurePosixPath(entry.path)
    if not entry.path or path.is_absolute() or ".." in path.parts or "\\" in entry.path or "\0" in entry.path or "://" in entry.path:
        raise MalformedAdvisory(
            f"the index of {location} names the path {entry.path[:100]!r}, which leads out of the mirror", "Make the mirror anew."
        )
    if re.fullmatch(r"[0-9a-fA-F]{64}", entry.sha256) is None:
        raise MalformedAdvisory(f"the index of {location} has no sha256 for {entry.path[:100]!r}", "Make the mirror anew.")
