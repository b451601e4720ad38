"""Records as rows of the advisory database and back: msgpack arrays, in the order of the fields of the model."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import msgspec

from pratique.advisories.feed import Record
from pratique.model import Advisory, Affected, Exploited, Gap, Lifecycle, Likelihood, Range, Severity, Status

BATCH = 1_000
"""Records held in memory on their way to the file."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_SEVERITIES = tuple(Severity)


class _Affected(msgspec.Struct, array_like=True):
    """`Affected` without ecosystem and name. What is empty at the end is not written."""

    ranges: tuple[tuple[str, ...], ...] = ()
    status: Status = Status.AFFECTED
    versions: tuple[str, ...] = ()
    severity: Severity | None = None
    severity_source: str = ""
    note: str = ""
    arch: tuple[str, ...] = ()
    module: str = ""


def pack_affected(affected: Affected) -> bytes:
    """Encode all but ecosystem and name."""
    a = affected
    ranges = [(r.introduced, r.fixed, r.last_affected) if r.last_affected else (r.introduced, r.fixed) for r in a.ranges]
    fields = [ranges, str(a.status), a.versions, a.severity, a.severity_source, a.note, a.arch, a.module]
    empty: list[object] = [None, str(Status.AFFECTED), (), None, "", "", (), ""]
    while len(fields) > 1 and fields[-1] == empty[len(fields) - 1]:
        fields.pop()
    return _encode(fields)


_affected = msgspec.msgpack.Decoder(_Affected).decode


def affected(ecosystem: str, name: str, blob: bytes) -> Affected:
    """Decode what `pack_affected` wrote."""
    a = _affected(blob)
    ranges = tuple([Range(*branch) for branch in a.ranges])
    return Affected(ecosystem, name, ranges, a.versions, a.status, a.severity, a.severity_source, a.arch, a.module, a.note)


def pack_advisory(advisory: Advisory) -> bytes:
    """Encode all but what is affected."""
    a = advisory
    return _encode(
        (
            a.id,
            a.feed,
            a.aliases,
            a.upstream,
            a.summary,
            a.severity,
            a.severity_source,
            a.cvss,
            a.withdrawn,
            a.published,
            a.modified,
            a.references,
            a.malicious,
            a.security,
        )
    )


def advisory(blob: bytes, entries: tuple[Affected, ...]) -> Advisory:
    """Decode what `pack_advisory` wrote."""
    name, feed, aliases, upstream, summary, severity, source, cvss, withdrawn, published, modified, references, malicious, security = _decode(blob)
    return Advisory(
        name,
        feed,
        tuple(aliases),
        tuple(upstream),
        entries,
        summary,
        _SEVERITIES[severity],
        source,
        tuple(cvss),
        withdrawn,
        published,
        modified,
        tuple(references),
        malicious,
        security,
    )


def packed(gaps: Iterable[Gap]) -> bytes:
    """Encode gaps of records."""
    return _encode([(gap.id, gap.message, gap.blind, gap.path, gap.remedy) for gap in gaps])


def gaps(blob: bytes) -> tuple[Gap, ...]:
    """Decode what `packed` wrote."""
    return tuple(Gap(name, message, blind, path, remedy=remedy) for name, message, blind, path, remedy in _decode(blob))


class Writer:
    """Writes the records of one partition, batch by batch, and counts them."""

    def __init__(self, connection: sqlite3.Connection, partition: int) -> None:
        self._connection = connection
        self._partition = partition
        self._ecosystems: dict[str, int] = {}
        (self.first,) = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM advisory").fetchone()
        self.last = self.first - 1
        self.records = 0
        self.rejected = 0
        self.gaps: list[Gap] = []
        self._day: tuple[str, str] | None = None

    def write(self, records: Iterable[Record]) -> Writer:
        """Write all records; returns itself, for its counts."""
        iterator = iter(records)
        while batch := list(islice(iterator, BATCH)):
            self._gaps([record for record in batch if isinstance(record, Gap)])
            self.records += sum(not isinstance(record, Gap) for record in batch)
            self._many("INSERT OR REPLACE INTO epss VALUES (?, ?, ?, ?)", batch, self._epss)
            self._many("INSERT OR REPLACE INTO kev VALUES (?, ?, ?, ?, ?)", batch, self._kev)
            self._many("INSERT OR REPLACE INTO lifecycle VALUES (?, ?, ?, ?, ?, ?)", batch, self._lifecycle)
            self._advisories([record for record in batch if isinstance(record, Advisory) and record.affected])
        if self.last < self.first:
            self.first = self.last = 0
        if self._day is not None:
            self._connection.execute("INSERT INTO epss_day VALUES (?, ?, ?)", (self._partition, *self._day))
        return self

    def _gaps(self, gaps: list[Gap]) -> None:
        self.gaps += gaps if len(self.gaps) < BATCH else []
        self.rejected += sum(gap.blind for gap in gaps)

    def _many(self, query: str, batch: list[Record], row: Callable[[Record], tuple[object, ...] | None]) -> None:
        values = [found for record in batch if (found := row(record)) is not None]
        if values:
            self._connection.executemany(query, values)

    def _epss(self, record: Record) -> tuple[object, ...] | None:
        match record:
            case (str() as cve, Likelihood() as likelihood):
                self._day = (likelihood.day, likelihood.model)
                return self._partition, cve, likelihood.score, likelihood.percentile
        return None

    def _kev(self, record: Record) -> tuple[object, ...] | None:
        if isinstance(record, Exploited):
            return self._partition, record.id, record.added.isoformat(), record.due and record.due.isoformat(), record.ransomware
        return None

    def _lifecycle(self, record: Record) -> tuple[object, ...] | None:
        if isinstance(record, Lifecycle):
            ends, extended = (day and day.isoformat() for day in (record.ends, record.extended))
            return self._partition, record.distribution, record.release, record.codename, ends, extended
        return None

    def _advisories(self, batch: list[Advisory]) -> None:
        numbered = list(enumerate(batch, self.last + 1))
        self.last += len(batch)
        self._connection.executemany("INSERT INTO advisory VALUES (?, ?)", ((number, pack_advisory(record)) for number, record in numbered))
        self._connection.executemany("INSERT INTO affected VALUES (?, ?, ?, ?, ?)", self._affected(numbered))

    def _affected(self, numbered: list[tuple[int, Advisory]]) -> Iterator[tuple[object, ...]]:
        for number, record in numbered:
            for index, entry in enumerate(record.affected):
                yield self._ecosystem(entry.ecosystem), entry.name, number, index, pack_affected(entry)

    def _ecosystem(self, name: str) -> int:
        found = self._ecosystems.get(name)
        if found is None:
            cursor = self._connection.execute("INSERT INTO ecosystem (partition, name) VALUES (?, ?)", (self._partition, name))
            found = self._ecosystems[name] = cursor.lastrowid or 0
        return found
