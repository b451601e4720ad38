"""The advisory database: whole partitions or none, fast look-ups, two processes, damage."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.advisories import rows
from pratique.advisories.store import FILE, AdvisoryStore
from pratique.errors import InvalidInput, MalformedAdvisory
from pratique.model import Advisory, Affected, Exploited, Gap, Knowledge, Lifecycle, Likelihood, Range, Severity, Status

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def known(feed="osv", partition="PyPI", digest="d1", **fields):
    return Knowledge(feed, partition, digest, NOW.isoformat(), None, True, **fields)


def flaw(name, *packages, ecosystem="PyPI", **fields):
    return Advisory(name, "osv", affected=tuple(Affected(ecosystem, p, (Range("0", fixed="2"),)) for p in packages), **fields)


@pytest.fixture
def store(tmp_path):
    with AdvisoryStore.open(tmp_path / FILE) as opened:
        yield opened


affected = st.builds(
    Affected,
    ecosystem=st.just("PyPI"),
    name=st.just("x"),
    ranges=st.lists(st.builds(Range, st.text(), st.text(), st.text()), max_size=3).map(tuple),
    versions=st.lists(st.text(), max_size=3).map(tuple),
    status=st.sampled_from(Status),
    severity=st.none() | st.sampled_from(Severity),
    severity_source=st.text(),
    arch=st.lists(st.text(), max_size=2).map(tuple),
    module=st.text(),
    note=st.text(),
)


@given(affected)
@settings(max_examples=80, deadline=None)
def test_what_is_written_of_a_package_is_what_is_read(entry):
    assert rows.affected("PyPI", "x", rows.pack_affected(entry)) == entry


def test_an_advisory_comes_back_whole_but_for_other_packages(store):
    full = Advisory(
        "GHSA-1",
        "osv",
        ("CVE-1",),
        ("CVE-2",),
        (Affected("PyPI", "a", (Range("1", "2"), Range("3", last_affected="4"))), Affected("PyPI", "b")),
        "sum",
        Severity.HIGH,
        "GHSA: high",
        ("CVSS:3.1/x",),
        "w",
        "p",
        "m",
        ("https://x",),
        True,
        False,
    )
    store.replace(known(), [full], now=NOW)
    assert list(store.advisories("PyPI", ["a", "zzz"])) == [replace(full, affected=full.affected[:1])]
    assert list(store.advisories("PyPI", ["b", "a"])) == [full]
    assert list(store.advisories("npm", ["a"])) == []
    assert list(store.advisories("PyPI", ["a", "b"], lambda a: a.name == "b")) == [replace(full, affected=full.affected[1:])]
    assert list(store.advisories("PyPI", ["a"], lambda a: False)) == []


def test_a_partition_is_replaced_and_others_stay(store):
    store.replace(known(), [flaw("A", "a"), flaw("B", "b")], now=NOW)
    store.replace(known(partition="npm", digest="n"), [flaw("N", "a", ecosystem="npm")], now=NOW)
    done = store.replace(known(digest="d2"), [flaw("C", "a")], now=NOW)
    assert (done.records, store.knowledge_of("osv", "PyPI")) == (1, done)
    assert [a.id for a in store.advisories("PyPI", ["a", "b"])] == ["C"]
    assert [a.id for a in store.advisories("npm", ["a"])] == ["N"]
    assert list(store.verify()) == []


def broken(records, error):
    yield from records
    raise error


@pytest.mark.parametrize(
    "records",
    [
        [],
        [Gap("record-unreadable", "x")],
        [flaw("C", "a"), *[Gap("record-unreadable", "x")] * 2],
        broken([flaw("C", "a")] * 3000, MalformedAdvisory("truncated")),
    ],
    ids=["nothing", "only-gaps", "most-unreadable", "fails-in-the-middle"],
)
def test_bad_data_never_damages_what_is_stored(store, records):
    before = store.replace(known(), [flaw("A", "a")], now=NOW)
    with pytest.raises(MalformedAdvisory):
        store.replace(known(digest="d2"), records, now=NOW)
    assert store.knowledge() == (before,)
    assert [a.id for a in store.advisories("PyPI", ["a"])] == ["A"]


def test_rejected_records_are_counted_and_kept_with_their_reason(store):
    done = store.replace(
        known(), [flaw("A", "a"), flaw("B", "a"), Gap("record-unreadable", "no id", path="x.json"), Gap("n", "note", blind=False)], now=NOW
    )
    assert (done.records, done.rejected) == (2, 1)
    assert [g.message for g in store.gaps("osv", "PyPI")] == ["no id", "note"]


def test_exploited_likelihood_and_lifecycles(store):
    store.replace(
        known("kev", ""), [Exploited("CVE-1", date(2025, 1, 2), None, True), Exploited("CVE-2", date(2025, 1, 3), date(2025, 2, 3))], now=NOW
    )
    store.replace(
        known("epss", ""), [("CVE-1", Likelihood(0.5, 0.9, "2026-01-02", "v1")), ("CVE-3", Likelihood(0.0, 0.1, "2026-01-02", "v1"))], now=NOW
    )
    store.replace(known("endoflife", ""), [Lifecycle("debian", "12", "bookworm", date(2026, 7, 11), None), Lifecycle("alpine", "3.18")], now=NOW)
    assert store.exploited(["CVE-1", "CVE-2", "CVE-9"]) == {
        "CVE-1": Exploited("CVE-1", date(2025, 1, 2), None, True),
        "CVE-2": Exploited("CVE-2", date(2025, 1, 3), date(2025, 2, 3)),
    }
    assert store.likelihood(["CVE-1", "CVE-9"]) == {"CVE-1": Likelihood(0.5, 0.9, "2026-01-02", "v1")}
    assert store.lifecycles("debian") == (Lifecycle("debian", "12", "bookworm", date(2026, 7, 11), None),)
    assert store.lifecycles("nothing") == ()


def test_the_newest_state_of_a_list_answers_and_only_chosen_partitions_do(store):
    old = store.replace(replace(known("epss", "2025-11-16"), data_date="2025-11-16"), [("CVE-1", Likelihood(0.1, 0.1, "2025-11-16"))], now=NOW)
    new = store.replace(replace(known("epss", "2026-08-16"), data_date="2026-08-16"), [("CVE-1", Likelihood(0.9, 0.9, "2026-08-16"))], now=NOW)
    wide = store.replace(known(partition="AlmaLinux"), [flaw("W", "a", ecosystem="AlmaLinux:9")], now=NOW)
    exact = store.replace(known(partition="AlmaLinux:9"), [flaw("E", "a", ecosystem="AlmaLinux:9")], now=NOW)
    assert store.likelihood(["CVE-1"])["CVE-1"].score == 0.9
    store.choose([old, exact])
    assert store.likelihood(["CVE-1"])["CVE-1"].score == 0.1
    assert [a.id for a in store.advisories("AlmaLinux:9", ["a"])] == ["E"]
    store.choose([new, wide])
    assert [a.id for a in store.advisories("AlmaLinux:9", ["a"])] == ["W"]


def test_a_damaged_file_is_moved_aside_and_said(tmp_path):
    path = tmp_path / FILE
    path.write_bytes(b"this is no database at all, and long enough to be sure" * 100)
    with AdvisoryStore.open(path) as opened:
        assert [(gap.id, gap.blind) for gap in opened.notices] == [("store-damaged", False)]
        assert opened.knowledge() == ()
    assert (tmp_path / f"{FILE}.damaged-1").exists()


def test_a_file_of_a_newer_version_is_left_alone(tmp_path):
    path = tmp_path / FILE
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.execute("CREATE TABLE x (y)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(InvalidInput, match="newer"):
        AdvisoryStore.open(path)
    assert path.read_bytes() == before


def test_reading_without_a_file_makes_none(tmp_path):
    with AdvisoryStore.open(tmp_path / "data" / FILE, readonly=True) as opened:
        assert opened.knowledge() == ()
        assert list(opened.advisories("PyPI", ["a"])) == []
        assert opened.likelihood(["CVE-1"]) == {}
    assert not (tmp_path / "data").exists()


def test_a_folder_that_cannot_be_written_can_be_read(tmp_path, store):
    store.replace(known(), [flaw("A", "a")], now=NOW)
    store.close()
    os.chmod(tmp_path, 0o555)
    try:
        with AdvisoryStore.open(tmp_path / FILE, readonly=True) as opened:
            assert [a.id for a in opened.advisories("PyPI", ["a"])] == ["A"]
    finally:
        os.chmod(tmp_path, 0o755)


IMPORT = """
import sys, time
from datetime import datetime, UTC
from pathlib import Path
from pratique.advisories.store import AdvisoryStore
from pratique.model import *
def records():
    for i in range(int(sys.argv[2])):
        if i == 5000 and sys.argv[3] == "hang":
            print("in the middle", flush=True); time.sleep(60)
        yield Advisory(f"{sys.argv[4]}{i}", "osv", affected=(Affected("PyPI", "a", (Range("0"),)),))
with AdvisoryStore.open(Path(sys.argv[1])) as store:
    store.replace(Knowledge("osv", sys.argv[5], sys.argv[4], "2026-11-22", None, True), records(), now=datetime.now(UTC))
"""


def importing(path, count, mode, name, partition="PyPI"):
    return subprocess.Popen([sys.executable, "-c", IMPORT, str(path), str(count), mode, name, partition], stdout=subprocess.PIPE, text=True)


def test_a_process_killed_in_the_middle_of_an_import_leaves_the_old_data(tmp_path):
    path = tmp_path / FILE
    with AdvisoryStore.open(path) as opened:
        before = opened.replace(known(), [flaw("A", "a")], now=NOW)
    with importing(path, 10_000, "hang", "new") as process:
        assert process.stdout.readline() == "in the middle\n"
        with AdvisoryStore.open(path, readonly=True) as reader:  # and while it runs, others read
            assert [a.id for a in reader.advisories("PyPI", ["a"])] == ["A"]
        process.send_signal(signal.SIGKILL)
        process.wait()
    with AdvisoryStore.open(path) as opened:
        assert opened.notices == ()
        assert opened.knowledge() == (before,)
        assert [a.id for a in opened.advisories("PyPI", ["a"])] == ["A"]
        assert list(opened.verify()) == []
        opened.replace(known(digest="d2"), [flaw("B", "a")], now=NOW)
        assert [a.id for a in opened.advisories("PyPI", ["a"])] == ["B"]


def test_two_processes_make_and_fill_the_same_file(tmp_path):
    path = tmp_path / FILE
    processes = [importing(path, 3000, "", f"p{i}", f"E{i}") for i in range(3)]
    assert [p.wait(60) for p in processes] == [0, 0, 0]
    for process in processes:
        process.stdout.close()
    with AdvisoryStore.open(path) as opened:
        assert [(k.partition, k.records) for k in opened.knowledge()] == [("E0", 3000), ("E1", 3000), ("E2", 3000)]
        assert len(list(opened.advisories("PyPI", ["a"]))) == 9000
        assert list(opened.verify()) == []


def test_a_reader_sees_the_old_or_the_new_never_a_mixture(tmp_path):
    path = tmp_path / FILE
    with AdvisoryStore.open(path) as opened:
        opened.replace(known(), [flaw(f"old{i}", "a") for i in range(2000)], now=NOW)
    seen, stop = set(), threading.Event()

    def read():
        with AdvisoryStore.open(path, readonly=True) as reader:
            while not stop.is_set():
                seen.add(reader.knowledge()[0].records)

    thread = threading.Thread(target=read)
    thread.start()
    with AdvisoryStore.open(path) as opened:
        for count in (500, 700):
            opened.replace(known(digest=str(count)), [flaw(f"n{i}", "a") for i in range(count)], now=NOW)
    time.sleep(0.05)
    stop.set()
    thread.join()
    assert seen <= {2000, 500, 700}
