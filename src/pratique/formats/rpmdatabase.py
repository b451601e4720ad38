"""The package database of rpm in any of its formats: what of it is kept, and the headers that are read from what was kept.

Kept is only what is read later, compressed: some fiftieth of the file. What cannot be read is kept as a sentence and comes out among the headers,
since only a reader that sees all layers knows whether the file still counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from pratique.formats import berkeleydb, ndb, pages, rpmheaders, sqlite, sqlitewal
from pratique.formats.rpmheader import FileFlag, Header, Tag

MAX_HEADERS = 65_536
"""Of one database: as many as the largest distribution has packages. Bounds the time a database of tiny headers can cost."""
MAX_BROKEN = 32 << 20
"""In bytes. An SQLite file whose table cannot be followed is kept whole up to here: its log may hold what is missing."""
TABLE = "Packages"
KEPT = (
    Tag.NAME,
    Tag.VERSION,
    Tag.RELEASE,
    Tag.EPOCH,
    Tag.ARCH,
    Tag.SOURCERPM,
    Tag.LICENSE,
    Tag.VENDOR,
    Tag.MODULARITYLABEL,
    Tag.REQUIRENAME,
    Tag.PROVIDENAME,
    Tag.BASENAMES,
    Tag.DIRNAMES,
    Tag.DIRINDEXES,
    Tag.FILEFLAGS,
    Tag.FILEDIGESTS,
    Tag.FILEDIGESTALGO,
    Tag.FILEVERIFYFLAGS,
)
"""The values that are kept of each header."""


def keep_sqlite(file: BinaryIO) -> bytes:
    """Keep the pages of the table of packages of `rpmdb.sqlite`: its log can still be laid over them."""
    try:
        whole = sqlite.FilePages(file)
        try:
            return pages.pack(whole.size, whole.count, sqlite.Database(whole).condensed(TABLE, _thinned))
        except ValueError:
            if whole.size * whole.count > MAX_BROKEN:
                raise
            return pages.pack(whole.size, whole.count, ((number, whole.page(number)) for number in range(1, whole.count + 1)))
    except ValueError as error:
        return rpmheaders.pack([error], KEPT, MAX_HEADERS)


def keep_log(file: BinaryIO) -> tuple[bytes, int]:
    """Keep the committed pages of `rpmdb.sqlite-wal`, empty where there are none; with the number of frames that do not count."""
    log = sqlitewal.Log(file)
    return pages.pack(log.size, log.count, log.pages()) if log.count else b"", log.dropped


def keep_berkeleydb(file: BinaryIO) -> bytes:
    """Keep the headers of `Packages`."""
    return rpmheaders.pack(_from_berkeleydb(file), KEPT, MAX_HEADERS)


def keep_ndb(file: BinaryIO) -> bytes:
    """Keep the headers of `Packages.db`."""
    return rpmheaders.pack(ndb.blobs(file), KEPT, MAX_HEADERS)


def _from_berkeleydb(file: BinaryIO) -> Iterator[bytes | ValueError]:
    database = berkeleydb.Hash(file)
    if database.truncated:
        yield ValueError("the Berkeley DB database ends before its last page")
    for pair in database.pairs():
        if isinstance(pair, ValueError):
            yield pair
        elif any(pair[0]):  # the number of the package; 0 holds no header, but the highest number that was given
            yield pair[1]


def _thinned(row: bytes) -> bytes:
    """Thin the header in the last column of a row; what is no header stays, and comes out as such."""
    try:
        start = sqlite.fields(row)[-1][1]
        return row[:start] + Header(row[start:]).thinned(KEPT)
    except (ValueError, IndexError):
        return row


def headers(kept: bytes, log: bytes = b"") -> Iterator[Header | ValueError]:
    """Yield the headers of a kept database; in place of one that is broken, and at the end where it breaks off, the `ValueError` that says so."""
    try:
        for count, blob in enumerate(_from_sqlite(kept, log) if pages.packed(kept) else rpmheaders.unpack(kept)):
            if count > MAX_HEADERS:
                raise ValueError(f"there are more than {MAX_HEADERS} entries")
            try:
                yield blob if isinstance(blob, ValueError) else Header(blob)
            except ValueError as error:
                yield error
    except ValueError as error:
        yield error


def _from_sqlite(kept: bytes, log: bytes) -> Iterator[bytes]:
    view: pages.Pages = pages.Packed(kept)
    if log:
        view = sqlite.Overlay(view, pages.Packed(log))
    database = sqlite.Database(view)
    for row in database.rows(database.root(TABLE)):
        columns = sqlite.fields(row.payload)
        if not columns:
            raise ValueError(f"the table {TABLE} has a row without columns")
        yield row.payload[columns[-1][1] : columns[-1][2]]


_MERGED = re.compile(rb"/(?:usr/)?(?:bin|sbin|lib|lib64)/")


def owners(headers: Iterable[Header | ValueError], paths: Iterable[bytes]) -> Iterator[tuple[bytes, str]]:
    """Yield each of the paths (from `/`) that a package lists and has the content of (not `%ghost`), with the name of the package.

    `/bin/sh` is found as `/usr/bin/sh` too, and the other way round: distributions merge the two by a symbolic link.
    """
    wanted: dict[bytes, dict[bytes, bytes]] = {}
    for path in paths:
        folder, slash, name = path.rpartition(b"/")
        wanted.setdefault(folder + slash, {})[name] = path
        if _MERGED.match(path):
            other = folder[4:] if folder.startswith(b"/usr/") else b"/usr" + folder
            wanted.setdefault(other + slash, {}).setdefault(name, path)
    if not wanted:
        return
    for header in headers:
        if isinstance(header, ValueError):
            continue
        try:
            owner, (folders, numbers, names) = header.string(Tag.NAME), header.files()
            flags = header.integers(Tag.FILEFLAGS)
        except ValueError:
            continue  # a caller that reads the packages says so
        chosen = {number: wanted[folder] for number, folder in enumerate(folders) if folder in wanted}
        if not chosen:
            continue
        for place, number in enumerate(numbers):
            if number in chosen and names[place] in chosen[number] and not (place < len(flags) and flags[place] & FileFlag.GHOST):
                yield chosen[number][names[place]], owner
