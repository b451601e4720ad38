"""The evidence cache: what was seen in a layer, once ever, for any image. One SQLite file that several processes may share.

Content-addressed: a row never changes, so whoever writes first is right. Evidence is kept under (diff ID, observer, revision), and used only
where the bytes at hand are known to have that diff ID: `verified` remembers which stored bytes were read to their end and compared.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from isal import isal_zlib

from pratique.model import Document, Gap, Mark, Severity

if TYPE_CHECKING:
    from pratique.catalog.observe import Facts, Observed
    from pratique.catalog.observer import Observer

VERSION = 1
"""The version of the file's schema. A file of another version is set aside: it is a cache."""
REVISION = "3"
"""The revision of the pass itself: changes whenever the same layer would give other members or other archive entries."""
BUSY = 10_000
"""Milliseconds to wait for another process that writes."""

_SCHEMA = """
create table if not exists verified (identity text primary key, diff_id text not null) without rowid;
create table if not exists evidence (diff_id text, observer text, revision text, data blob not null,
    primary key (diff_id, observer, revision));
create table if not exists inventory (key text primary key, data blob not null) without rowid;
"""


class _Stored(msgspec.Struct, array_like=True):
    documents: list[tuple[str, bytes, bytes, bytes]]
    marks: Sequence[tuple[str, bytes, str, int | None, str, int | None, str]]
    gaps: list[tuple[str, str, bool, bytes | None, str]]


class EvidenceStore:
    """The cache in one file. Not for several threads; open one for each.

    It is a cache: one that cannot be read or written remembers nothing, which `notices` says, and the scan goes on.
    """

    def __init__(self, path: Path) -> None:
        self.notices: list[Gap] = []
        self._path = path
        self._db: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._opened(path)
        except (OSError, sqlite3.DatabaseError) as fault:
            self._give_up(fault)

    @staticmethod
    def _opened(path: Path) -> sqlite3.Connection:
        for again in (True, False):
            db = sqlite3.connect(path, timeout=BUSY / 1000, isolation_level=None, check_same_thread=False)
            try:
                db.execute("pragma synchronous = normal")
                version = db.execute("pragma user_version").fetchone()[0]
                if version == VERSION:
                    return db
                if version == 0:
                    db.execute("pragma journal_mode = wal")
                    db.executescript(_SCHEMA)
                    db.execute(f"pragma user_version = {VERSION}")
                    return db
            except sqlite3.OperationalError:  # in use, or not to be written: that is no reason to delete it
                db.close()
                raise
            except sqlite3.DatabaseError:
                if not again:
                    db.close()
                    raise
            db.close()
            _delete(path)
        raise AssertionError("a new file has version 0")

    def _give_up(self, fault: Exception) -> None:
        """Remember nothing from now on. A damaged file is deleted: the next scan makes it anew."""
        self.close()
        if isinstance(fault, sqlite3.DatabaseError) and not isinstance(fault, sqlite3.OperationalError):
            _delete(self._path)
        message = f"what was seen could not be remembered in {self._path}: {fault}"
        remedy = "Look at the disk and its permissions, or give another data directory (--data); the next scan reads every layer again."
        self.notices.append(Gap("cache-unusable", message, blind=False, remedy=remedy))

    def _rows(self, query: str, *values: str) -> list[tuple]:  # type: ignore[type-arg]  # rows of as many types as there are queries
        if self._db is None:
            return []
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.DatabaseError as fault:
            self._give_up(fault)
            return []

    def _write(self, *statements: tuple[str, Sequence[Sequence[object]]]) -> None:
        if self._db is None:
            return
        try:
            with closing(self._db.cursor()) as cursor:
                cursor.execute("begin immediate")
                for statement, rows in statements:
                    cursor.executemany(statement, rows)
                cursor.execute("commit")
        except sqlite3.DatabaseError as fault:
            self._give_up(fault)

    def close(self) -> None:
        """Close the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    # ------------------------------------------------------------------------------------------------------ verified

    def verified(self, identity: str, diff_id: str) -> bool:
        """Tell whether the stored bytes of that identity were read here once and had that diff ID."""
        return bool(identity) and self._rows("select diff_id from verified where identity = ?", identity) == [(diff_id,)]

    # ------------------------------------------------------------------------------------------------------ evidence

    def load(self, diff_id: str, observers: Iterable[Observer], options: str) -> Observed | None:
        """Return what is kept of a layer by all of these observers; None where anything of it is missing or unreadable."""
        from pratique.catalog.contents import Contents
        from pratique.catalog.observe import PASS, Observed

        wanted = {PASS: pass_revision(options), **{observer.id: observer.revision for observer in observers}}
        kept = {
            (observer, revision): data
            for observer, revision, data in self._rows("select observer, revision, data from evidence where diff_id = ?", diff_id)
        }
        try:
            facts = {observer: _decoded(kept[observer, revision]) for observer, revision in wanted.items()}
            return Observed(Contents.decode(_unpacked(kept["contents", wanted[PASS]])), facts)
        except (KeyError, ValueError, EOFError):
            return None

    def save(self, identity: str, diff_id: str, observed: Observed, observers: Iterable[Observer], options: str) -> None:
        """Keep what was seen of a layer whose bytes were verified. A table too large to keep is not kept, nor is what goes with it."""
        from pratique.catalog.observe import PASS

        revisions = {PASS: pass_revision(options), **{observer.id: observer.revision for observer in observers}}
        table = observed.contents.encode()
        rows: list[tuple[str, str, str, bytes]] = []
        if table is not None:
            rows = [(diff_id, observer, revisions[observer], _encoded(facts)) for observer, facts in observed.facts.items()]
            rows.append((diff_id, "contents", revisions[PASS], _packed(table)))
        self._write(
            ("insert or replace into evidence values (?, ?, ?, ?)", rows),  # what is there already was unreadable, or is the same
            ("insert or replace into verified values (?, ?)", [(identity, diff_id)] if identity else []),
        )

    # ----------------------------------------------------------------------------------------------------- inventories

    def inventory(self, key: str) -> bytes | None:
        """Return an inventory kept under a key that names its layers and all revisions, encoded as it was given."""
        try:
            return next((_unpacked(data) for (data,) in self._rows("select data from inventory where key = ?", key)), None)
        except ValueError:
            return None

    def keep_inventory(self, key: str, data: bytes) -> None:
        """Keep an inventory under its key."""
        self._write(("insert or replace into inventory values (?, ?)", [(key, _packed(data))]))


def _delete(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def pass_revision(options: str) -> str:
    """Return the revision of the pass with its options."""
    return f"{REVISION}{options}"


def inventory_key(parts: Iterable[str]) -> str:
    """Return the key of an inventory made of these parts, in order."""
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _encoded(facts: Facts) -> bytes:
    if not (facts.documents or facts.marks or facts.gaps):
        return b""
    documents = [(d.role, _raw(d.path), d.data, _raw(d.root)) for d in facts.documents]
    marks = [(m.rule, _raw(m.path), m.message, m.line, m.secret, m.severity, m.allowed) for m in facts.marks]
    gaps = [(g.id, _shown(g.message), g.blind, None if g.path is None else _raw(g.path), g.remedy) for g in facts.gaps]
    return _packed(msgspec.msgpack.encode(_Stored(documents, marks, gaps)))


def _decoded(data: bytes) -> Facts:
    from pratique.catalog.observe import Facts

    if not data:
        return Facts()
    stored = msgspec.msgpack.decode(_unpacked(data), type=_Stored)
    return Facts(
        [Document(role, _text(path), content, _text(root)) for role, path, content, root in stored.documents],
        [
            Mark(rule, _text(path), message, line, secret, severity=None if severity is None else Severity(severity), allowed=allowed)
            for rule, path, message, line, secret, severity, allowed in stored.marks
        ],
        [Gap(id, message, blind, None if path is None else _text(path), remedy=remedy) for id, message, blind, path, remedy in stored.gaps],
    )


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _shown(text: str) -> str:
    """Return a message in which what is no UTF-8 is escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _packed(data: bytes) -> bytes:
    return isal_zlib.compress(data, 1)


def _unpacked(data: bytes) -> bytes:
    try:
        return isal_zlib.decompress(data)
    except Exception as fault:  # isal's stubs call its error an instance
        raise ValueError(str(fault)) from None
