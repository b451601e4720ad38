"""Advisories kept in one SQLite file: a partition is replaced whole or not at all, a look-up by name costs microseconds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Self

from pratique.advisories import rows
from pratique.advisories.feed import Record
from pratique.advisories.schema import SCHEMA, aside, connect
from pratique.errors import Corrupt, InvalidInput, MalformedAdvisory
from pratique.model import Advisory, Affected, Exploited, Gap, Knowledge, Lifecycle, Likelihood

FILE = "advisories.sqlite"
GAPS_KEPT = 200
"""Unreadable records whose reasons are kept; all are counted."""
REJECTED_SHARE = 0.5

_KNOWLEDGE = "feed, partition, digest, fetched_at, data_date, complete, origin, records, rejected, url"


class AdvisoryStore:
    """The advisories of one data directory. Two processes may read and import at once. Use `open`; it is a context manager."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None, notices: tuple[Gap, ...] = ()) -> None:
        self._connection = connection
        self.path = path
        self.notices = notices
        """What was noticed on opening: a damaged file that was moved aside."""
        self._chosen: frozenset[int] | None = None

    @classmethod
    def open(cls, path: Path, readonly: bool = False) -> Self:
        """Open (or make) the file. A damaged one is moved aside and said in `notices`. Raises `InvalidInput` for a file of a newer version."""
        if readonly and not path.exists():
            memory = sqlite3.connect(":memory:", isolation_level=None)
            memory.executescript(SCHEMA)
            return cls(memory, None)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(connect(path, readonly), path)
        except (OSError, sqlite3.OperationalError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise InvalidInput(
                f"the data directory {path.parent} cannot be used: {reason} ({path.name})",
                "Give another data directory (--data), make room there, or look at its permissions.",
            ) from None
        except sqlite3.DatabaseError as error:
            if readonly:
                raise Corrupt(f"{path} is damaged: {error}", "Run `pratique feeds sync`, which makes it anew.") from None
            moved = aside(path)
            message = f"the advisory database was damaged ({error}); it was moved to {moved.name} and is made anew"
            return cls(
                connect(path, readonly),
                path,
                (Gap("store-damaged", message, blind=False, remedy="Look at the disk. The file aside can be deleted."),),
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @property
    def raw(self) -> Path:
        """The folder of the documents as they were fetched, each named by its sha256."""
        return (self.path.parent if self.path else Path()) / "feeds"

    # ---------------------------------------------------------------------------------------------------------- looking up

    def choose(self, knowledge: Iterable[Knowledge]) -> None:
        """Answer from these partitions only, in the state they have now, until something is changed by this store.

        What another mirror brought stays out, and what another process imports meanwhile does not mix in.
        """
        wanted = {(k.feed, k.partition) for k in knowledge}
        self._release()
        self._connection.execute("BEGIN")
        found = self._rows("SELECT id, feed, partition FROM partition")
        self._chosen = frozenset(i for i, feed, partition in found if (feed, partition) in wanted)

    def _release(self) -> None:
        """Let go of the state that was chosen."""
        self._chosen = None
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def advisories(self, ecosystem: str, names: Iterable[str], relevant: Callable[[Affected], bool] | None = None) -> Iterator[Advisory]:
        """Yield the advisories that name one of these packages in this ecosystem, whole but for `affected`, which is cut to these packages.

        `relevant` is asked of each `Affected` before the rest of the advisory is read; those it refuses are left out.
        """
        with self._snapshot():
            found = list(self._advisories(ecosystem, sorted(set(names)), relevant))
        return iter(found)

    def _advisories(self, ecosystem: str, names: list[str], relevant: Callable[[Affected], bool] | None) -> Iterator[Advisory]:
        ids = [i for i, partition in self._rows("SELECT id, partition FROM ecosystem WHERE name = ?", ecosystem) if self._answers(partition)]
        for identity in ids:
            found: dict[int, list[Affected]] = {}
            for name in names:
                for number, blob in self._rows("SELECT advisory, blob FROM affected WHERE ecosystem = ? AND name = ?", identity, name):
                    affected = rows.affected(ecosystem, name, blob)
                    if relevant is None or relevant(affected):
                        found.setdefault(number, []).append(affected)
            for number, entries in found.items():
                for (blob,) in self._rows("SELECT blob FROM advisory WHERE id = ?", number):
                    yield rows.advisory(blob, tuple(entries))

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """One state of the file for several queries, whatever another process imports."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")

    def exploited(self, ids: Iterable[str]) -> dict[str, Exploited]:
        """Return the entries of the newest catalogue of known exploited flaws for these ids."""
        partition = self._newest("kev")
        query = "SELECT cve, added, due, ransomware FROM kev WHERE partition = ? AND cve = ?"
        found = (row for name in set(ids) for row in self._rows(query, partition, name))
        return {cve: Exploited(cve, date.fromisoformat(added), _day(due), bool(ransomware)) for cve, added, due, ransomware in found}

    def likelihood(self, ids: Iterable[str]) -> dict[str, Likelihood]:
        """Return the newest EPSS scores for these ids; an id that is not there is unknown, not zero."""
        partition = self._newest("epss")
        days = self._rows("SELECT day, model FROM epss_day WHERE partition = ?", partition)
        if not days:
            return {}
        day, model = days[0]
        query = "SELECT cve, score, percentile FROM epss WHERE partition = ? AND cve = ?"
        found = (row for name in set(ids) for row in self._rows(query, partition, name))
        return {cve: Likelihood(score, percentile, day, model) for cve, score, percentile in found}

    def lifecycles(self, distribution: str) -> tuple[Lifecycle, ...]:
        """Return the releases of a distribution (its id in os-release); where two feeds know one, the one that knows the end of its support."""
        query = "SELECT partition, release, codename, ends, extended FROM lifecycle WHERE distribution = ? ORDER BY release, ends IS NULL, partition"
        found: dict[str, Lifecycle] = {}
        for partition, release, codename, ends, extended in self._rows(query, distribution):
            if self._answers(partition):
                found.setdefault(release, Lifecycle(distribution, release, codename, _day(ends), _day(extended)))
        return tuple(found.values())

    def knowledge(self) -> tuple[Knowledge, ...]:
        """Return every partition that is stored."""
        return tuple(_knowledge(row) for row in self._rows(f"SELECT {_KNOWLEDGE} FROM partition ORDER BY feed, partition"))  # noqa: S608 (a constant)

    def knowledge_of(self, feed: str, partition: str) -> Knowledge | None:
        """Return one partition, if it is stored."""
        found = self._rows(f"SELECT {_KNOWLEDGE} FROM partition WHERE feed = ? AND partition = ?", feed, partition)  # noqa: S608 (a constant)
        return _knowledge(found[0]) if found else None

    def gaps(self, feed: str, partition: str) -> tuple[Gap, ...]:
        """Return what could not be read in a partition (the first of many)."""
        found = self._rows("SELECT gaps FROM partition WHERE feed = ? AND partition = ?", feed, partition)
        return rows.gaps(found[0][0]) if found else ()

    def conditions(self, feed: str, partition: str) -> tuple[str, str, datetime] | None:
        """Return ETag, Last-Modified and the time of the last check of a partition."""
        found = self._rows("SELECT etag, last_modified, checked_at FROM partition WHERE feed = ? AND partition = ?", feed, partition)
        return (found[0][0], found[0][1], datetime.fromisoformat(found[0][2])) if found else None

    def _answers(self, partition: int) -> bool:
        return self._chosen is None or partition in self._chosen

    def _newest(self, feed: str) -> int:
        found = self._rows("SELECT id FROM partition WHERE feed = ? ORDER BY coalesce(data_date, '') DESC, fetched_at DESC", feed)
        return next((i for (i,) in found if self._answers(i)), -1)

    def _rows(self, query: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]  # rows of as many types as there are queries
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise Corrupt(
                f"the advisory database {self.path} cannot be read: {error}", "Run `pratique feeds verify`, then `pratique feeds sync`."
            ) from None

    # ----------------------------------------------------------------------------------------------------------- changing

    def replace(self, knowledge: Knowledge, records: Iterable[Record], *, now: datetime, etag: str = "", last_modified: str = "") -> Knowledge:
        """Put these records in place of a partition's, in one transaction. Returns what is known of it now.

        Raises `MalformedAdvisory` where there are no records or most are unreadable, or what `records` raises; then nothing has changed.
        """
        with self._transaction():
            partition = self._begin(knowledge, now, etag, last_modified)
            count = rows.Writer(self._connection, partition).write(records)
            if not count.records:
                raise MalformedAdvisory(_refused(knowledge, "it has no record that can be read"), "Fetch it again, or tell the publisher.")
            if count.rejected > REJECTED_SHARE * (count.records + count.rejected):
                raise MalformedAdvisory(
                    _refused(knowledge, f"{count.rejected:,} of {count.records + count.rejected:,} records cannot be read"),
                    "Fetch it again, or tell the publisher.",
                )
            self._connection.execute(
                "UPDATE partition SET records = ?, rejected = ?, gaps = ?, first = ?, last = ? WHERE id = ?",
                (count.records, count.rejected, rows.packed(count.gaps[:GAPS_KEPT]), count.first, count.last, partition),
            )
        return replace(knowledge, records=count.records, rejected=count.rejected)

    def _begin(self, knowledge: Knowledge, now: datetime, etag: str, last_modified: str) -> int:
        old = self._rows("SELECT id, first, last FROM partition WHERE feed = ? AND partition = ?", knowledge.feed, knowledge.partition)
        for identity, first, last in old:
            self._erase(identity, first, last)
        k = knowledge
        values = (k.feed, k.partition, k.digest, etag, last_modified, k.fetched_at, now.isoformat(), k.data_date, k.complete, k.origin, k.url)
        cursor = self._connection.execute(
            "INSERT INTO partition (feed, partition, digest, etag, last_modified, fetched_at, checked_at, data_date, complete, origin, url)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        return cursor.lastrowid or 0

    def _erase(self, partition: int, first: int, last: int) -> None:
        run = self._connection.execute
        run("DELETE FROM affected WHERE ecosystem IN (SELECT id FROM ecosystem WHERE partition = ?)", (partition,))
        run("DELETE FROM advisory WHERE id BETWEEN ? AND ?", (first, last))
        for table in ("ecosystem", "kev", "epss", "epss_day", "lifecycle"):
            run(f"DELETE FROM {table} WHERE partition = ?", (partition,))  # noqa: S608 (constants)
        run("DELETE FROM partition WHERE id = ?", (partition,))

    def checked(self, knowledge: Knowledge, now: datetime) -> None:
        """Note that a partition was asked for and is unchanged; its dates, completeness and source may have become known better."""
        k = knowledge
        with self._transaction():
            self._connection.execute(
                "UPDATE partition SET checked_at = ?, fetched_at = ?, data_date = ?, complete = ?, origin = ?, url = ?"
                " WHERE feed = ? AND partition = ?",
                (now.isoformat(), k.fetched_at, k.data_date, k.complete, k.origin, k.url, k.feed, k.partition),
            )

    def verify(self) -> Iterator[str]:
        """Yield what is wrong with the file: by SQLite's own check, and by counting the advisories of each partition."""
        yield from (problem for (problem,) in self._rows("PRAGMA integrity_check") if problem != "ok")
        for feed, partition, first, last in self._rows("SELECT feed, partition, first, last FROM partition WHERE last > 0"):
            ((count,),) = self._rows("SELECT count(*) FROM advisory WHERE id BETWEEN ? AND ?", first, last)
            if count != last - first + 1:
                yield f"{feed}:{partition} has {count:,} of {last - first + 1:,} advisories"

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._release()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        except sqlite3.OperationalError as error:
            raise InvalidInput(
                f"{self.path} cannot be written: {error}",
                "Look whether the disk is full or read-only, or another process imports for long; or give another data directory (--data).",
            ) from None
        except sqlite3.DatabaseError as error:
            raise Corrupt(
                f"the advisory database {self.path} is damaged: {error}", "Run `pratique feeds verify`; delete the file to make it anew."
            ) from None


def _refused(knowledge: Knowledge, why: str) -> str:
    return f"{knowledge.feed}:{knowledge.partition or 'current'} is not taken over: {why}"


def _knowledge(row: tuple) -> Knowledge:  # type: ignore[type-arg]  # the columns of _KNOWLEDGE
    feed, partition, digest, fetched_at, data_date, complete, origin, records, rejected, url = row
    return Knowledge(feed, partition, digest, fetched_at, data_date, bool(complete), origin, records, rejected, url)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
