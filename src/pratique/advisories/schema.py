"""The advisory database as a file: its tables, its version, how it is opened."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from pratique.errors import InvalidInput

VERSION = 1
"""`PRAGMA user_version` of a file of ours; 0 is an empty file."""
BUSY_SECONDS = 120.0
"""How long to wait for another process that imports; Debian's tracker takes some seconds."""
MMAP = 1 << 28

SCHEMA = """
CREATE TABLE partition (
    id INTEGER PRIMARY KEY, feed TEXT NOT NULL, partition TEXT NOT NULL, digest TEXT NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL,
    fetched_at TEXT NOT NULL, checked_at TEXT NOT NULL, data_date TEXT, complete INTEGER NOT NULL, origin TEXT NOT NULL, url TEXT NOT NULL,
    records INTEGER NOT NULL DEFAULT 0, rejected INTEGER NOT NULL DEFAULT 0, gaps BLOB NOT NULL DEFAULT x'90',
    first INTEGER NOT NULL DEFAULT 0, last INTEGER NOT NULL DEFAULT 0, UNIQUE (feed, partition));
CREATE TABLE ecosystem (id INTEGER PRIMARY KEY, partition INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (name, partition));
CREATE TABLE advisory (id INTEGER PRIMARY KEY, blob BLOB NOT NULL);
CREATE TABLE affected (ecosystem INTEGER NOT NULL, name TEXT NOT NULL, advisory INTEGER NOT NULL, number INTEGER NOT NULL, blob BLOB NOT NULL,
    PRIMARY KEY (ecosystem, name, advisory, number)) WITHOUT ROWID;
CREATE TABLE kev (partition INTEGER NOT NULL, cve TEXT NOT NULL, added TEXT NOT NULL, due TEXT, ransomware INTEGER NOT NULL,
    PRIMARY KEY (partition, cve)) WITHOUT ROWID;
CREATE TABLE epss (partition INTEGER NOT NULL, cve TEXT NOT NULL, score REAL NOT NULL, percentile REAL NOT NULL,
    PRIMARY KEY (partition, cve)) WITHOUT ROWID;
CREATE TABLE epss_day (partition INTEGER PRIMARY KEY, day TEXT NOT NULL, model TEXT NOT NULL);
CREATE TABLE lifecycle (partition INTEGER NOT NULL, distribution TEXT NOT NULL, release TEXT NOT NULL, codename TEXT NOT NULL,
    ends TEXT, extended TEXT,
    PRIMARY KEY (distribution, release, partition)) WITHOUT ROWID;
"""


def connect(path: Path, readonly: bool) -> sqlite3.Connection:
    """Open the file, made if need be. Raises `InvalidInput` for one of a newer version, `sqlite3.DatabaseError` for a damaged one."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={'ro' if readonly else 'rwc'}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    try:
        connection.execute(f"PRAGMA mmap_size = {MMAP}")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise InvalidInput(
                f"{path} was made by a newer pratique (format {version}, known is {VERSION})",
                "Update pratique, or give another data directory (--data).",
            )
        if not readonly:
            connection.execute("PRAGMA synchronous = NORMAL")
            if version < VERSION:
                _make(connection)
        connection.execute("SELECT count(*) FROM partition").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _make(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version < VERSION:  # another process may have been first
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def aside(path: Path) -> Path:
    """Move a damaged file out of the way; returns where it is now."""
    number = next(n for n in range(1, 1_000_000) if not path.with_name(f"{path.name}.damaged-{n}").exists())
    moved = path.with_name(f"{path.name}.damaged-{number}")
    path.replace(moved)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return moved
