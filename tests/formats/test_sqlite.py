from __future__ import annotations

import random
import sqlite3
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rpm_sample import ALMA9, copy_open, extract, file

from pratique.formats import pages
from pratique.formats.rpmdatabase import keep_log, keep_sqlite
from pratique.formats.sqlite import Database, FilePages, Overlay, fields
from pratique.formats.sqlitewal import Log, checksum


def make(path: Path, rows: list[tuple[int, bytes]], page: int = 4096, encoding: str = "UTF-8", wal: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(f"PRAGMA page_size={page}; PRAGMA encoding='{encoding}';")
    if wal:
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;")
    connection.execute("CREATE TABLE Other (a TEXT)")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO Packages VALUES (?, ?)", rows)
    connection.execute("COMMIT")
    return connection


def read(view: pages.Pages, table: str = "Packages") -> list[tuple[int, bytes]]:
    database = Database(view)
    return [(row.rowid, row.payload[slice(*fields(row.payload)[-1][1:])]) for row in database.rows(database.root(table))]


def both(path: Path) -> list[tuple[int, bytes]]:
    """Read a database through its log, both from packed pages, as the ecosystem does."""
    view: pages.Pages = pages.Packed(keep_sqlite(file(path.read_bytes())))
    log, _ = keep_log(file(Path(f"{path}-wal").read_bytes()))
    return read(Overlay(view, pages.Packed(log)) if log else view)


def sizes(seed: int, count: int, most: int) -> list[tuple[int, bytes]]:
    random_ = random.Random(seed)
    return [(7 * number + 1, random_.randbytes(random_.choice((0, 1, 40, 470, random_.randrange(most))))) for number in range(count)]


@pytest.mark.parametrize("page", [512, 1024, 4096, 32768, 65536])
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_rows_are_those_that_sqlite_reads(tmp_path: Path, page: int, encoding: str) -> None:
    path = tmp_path / "db"
    rows = sizes(page, 400, 9000)
    make(path, rows, page, encoding).close()
    assert read(FilePages(file(path.read_bytes()))) == rows


def test_payloads_of_every_length_around_the_overflow_bound_are_read(tmp_path: Path) -> None:
    path = tmp_path / "db"
    rows = [(n + 1, bytes([n % 251]) * n) for n in range(1100)]
    make(path, rows, 512).close()
    assert read(FilePages(file(path.read_bytes()))) == rows


def test_deleted_rows_and_free_pages_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "db"
    rows = sizes(3, 300, 20000)
    connection = make(path, rows, 1024)
    connection.execute("DELETE FROM Packages WHERE hnum % 3 = 0")
    connection.close()
    assert read(FilePages(file(path.read_bytes()))) == [row for row in rows if row[0] % 3]


def test_the_real_database_is_what_sqlite_reads(tmp_path: Path) -> None:
    data = extract(ALMA9, "var/lib/rpm/rpmdb.sqlite")
    path = tmp_path / "rpmdb.sqlite"
    path.write_bytes(data)
    connection = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
    truth = connection.execute("SELECT hnum, blob FROM Packages ORDER BY hnum").fetchall()
    connection.close()
    assert len(truth) == 23
    assert read(FilePages(file(data))) == truth


def test_condensed_pages_read_the_same_rows_with_their_payloads_thinned(tmp_path: Path) -> None:
    path = tmp_path / "db"
    rows = sizes(5, 200, 30000)
    make(path, rows, 1024).close()
    whole = FilePages(file(path.read_bytes()))

    def thin(payload: bytes) -> bytes:
        return payload[:60] + bytes(max(0, len(payload) - 60))

    kept = pages.pack(whole.size, whole.count, Database(whole).condensed("Packages", thin))
    assert len(kept) < len(path.read_bytes()) // 10
    assert [(n, len(b), b[:40]) for n, b in read(pages.Packed(kept))] == [(n, len(b), b[:40]) for n, b in rows]


@pytest.mark.parametrize("page", [512, 4096, 65536])
def test_an_uncheckpointed_log_is_applied(tmp_path: Path, page: int) -> None:
    connection = make(tmp_path / "db", sizes(1, 120, 9000), page, wal=True)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("DELETE FROM Packages WHERE hnum % 5 = 0")
    connection.executemany("INSERT OR REPLACE INTO Packages VALUES (?, ?)", sizes(2, 150, 9000))
    truth = connection.execute("SELECT hnum, blob FROM Packages ORDER BY hnum").fetchall()
    copied = copy_open(tmp_path / "db", tmp_path / "copy")
    connection.close()
    assert len(Path(f"{copied}-wal").read_bytes()) > page
    assert both(copied) == truth


def test_an_uncommitted_transaction_and_leftovers_of_an_earlier_log_are_not_applied(tmp_path: Path) -> None:
    connection = make(tmp_path / "db", sizes(1, 200, 9000), wal=True)
    connection.execute("PRAGMA wal_checkpoint(RESTART)")  # the log keeps its length: what follows overwrites its begin
    connection.execute("INSERT INTO Packages VALUES (100000, x'01')")
    truth = connection.execute("SELECT hnum, blob FROM Packages ORDER BY hnum").fetchall()
    connection.execute("PRAGMA cache_size=5")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO Packages VALUES (?, ?)", [(200000 + n, bytes(5000)) for n in range(50)])
    copied = copy_open(tmp_path / "db", tmp_path / "copy")
    connection.close()
    log = Log(file(Path(f"{copied}-wal").read_bytes()))
    assert log.dropped > 0
    assert both(copied) == truth


def test_a_log_is_applied_up_to_the_commit_before_its_first_damaged_frame_as_sqlite_does(tmp_path: Path) -> None:
    connection = make(tmp_path / "db", sizes(1, 20, 900), wal=True)
    for number in range(6):
        connection.execute("INSERT INTO Packages VALUES (?, ?)", (1000 + number, bytes([number]) * 6000))
    copied = copy_open(tmp_path / "db", tmp_path / "copy")
    connection.close()
    wal = Path(f"{copied}-wal")
    data = bytearray(wal.read_bytes())
    data[len(data) * 3 // 4] ^= 1
    wal.write_bytes(data)
    ours = both(copied)
    connection = sqlite3.connect(copied)
    truth = connection.execute("SELECT hnum, blob FROM Packages ORDER BY hnum").fetchall()
    connection.close()
    assert 20 < len(truth) < 26
    assert ours == truth


def test_a_log_whose_checksums_are_big_endian_is_applied(tmp_path: Path) -> None:
    connection = make(tmp_path / "db", sizes(1, 50, 5000), wal=True)
    truth = connection.execute("SELECT hnum, blob FROM Packages ORDER BY hnum").fetchall()
    copied = copy_open(tmp_path / "db", tmp_path / "copy")
    connection.close()
    wal = Path(f"{copied}-wal")
    data = bytearray(wal.read_bytes())
    data[:4] = struct.pack(">I", 0x377F0683)
    state = checksum(">", bytes(data[:24]), (0, 0))
    data[24:32] = struct.pack(">2I", *state)
    for at in range(32, len(data), 24 + 4096):
        state = checksum(">", bytes(data[at : at + 8]) + bytes(data[at + 24 : at + 24 + 4096]), state)
        data[at + 16 : at + 24] = struct.pack(">2I", *state)
    wal.write_bytes(data)
    assert both(copied) == truth
    check = sqlite3.connect(copied)  # SQLite agrees that this is a valid log
    assert check.execute("SELECT hnum, blob FROM Packages ORDER BY hnum").fetchall() == truth
    check.close()


def test_a_page_cycle_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "db"
    make(path, sizes(1, 900, 400), 512).close()
    data = bytearray(path.read_bytes())
    root = Database(FilePages(file(bytes(data)))).root("Packages")
    data[(root - 1) * 512 + 8 : (root - 1) * 512 + 12] = struct.pack(">I", root)
    with pytest.raises(ValueError, match="used twice"):
        read(FilePages(file(bytes(data))))


def test_an_overflow_chain_in_a_circle_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "db"
    make(path, [(1, bytes(100_000))], 512).close()
    data = bytearray(path.read_bytes())
    whole = FilePages(file(bytes(data)))
    (row,) = Database(whole).rows(Database(whole).root("Packages"))
    second, fifth = row.pieces[2][0], row.pieces[5][0]
    data[(fifth - 1) * 512 : (fifth - 1) * 512 + 4] = struct.pack(">I", second)
    with pytest.raises(ValueError, match="used twice"):
        read(FilePages(file(bytes(data))))


def test_a_page_that_claims_more_cells_than_fit_and_a_row_larger_than_the_file_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "db"
    make(path, [(1, bytes(3000))], 1024).close()
    data = path.read_bytes()
    root = Database(FilePages(file(data))).root("Packages")
    start = (root - 1) * 1024
    many = data[: start + 3] + b"\xff\xff" + data[start + 5 :]
    with pytest.raises(ValueError, match="cells"):
        read(FilePages(file(many)))
    (cell,) = struct.unpack_from(">H", data, start + 8)
    large = data[: start + cell] + b"\xff" * 9 + data[start + cell + 9 :]
    with pytest.raises(ValueError, match="SQLite"):
        read(FilePages(file(large)))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sqlite") / "db"
    make(path, sizes(9, 30, 2500), 512).close()
    return path.read_bytes()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=2000)
@given(data=st.data())
def test_damage_raises_nothing_but_valueerror(small: bytes, data: st.DataObject) -> None:
    broken = bytearray(small)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(small) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(broken[: data.draw(st.sampled_from((len(small), data.draw(st.integers(0, len(small))))))])
    try:
        whole = FilePages(file(cut))
        kept = pages.pack(whole.size, whole.count, Database(whole).condensed("Packages", bytes))
        assert read(pages.Packed(kept)) == read(whole)
    except ValueError:
        pass


@settings(max_examples=60, deadline=2000)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_as_a_log_raise_nothing(data: bytes) -> None:
    assert Log(file(data)).count == 0
    assert Log(file(struct.pack(">3I", 0x377F0682, 3007000, 512) + data)).count == 0
