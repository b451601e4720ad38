"""Bringing advisories up to date: fresh, stale, missing, unreachable, mirrored; nothing is silent."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import shared

from pratique.advisories.export import damaged, export
from pratique.advisories.feed import Feed
from pratique.advisories.fetch import fetch
from pratique.advisories.store import FILE, AdvisoryStore
from pratique.advisories.sync import ensure, needs, serves
from pratique.errors import FeedUnreachable, InvalidInput
from pratique.leaves import leaves
from pratique.model import Distribution

_spec = importlib.util.spec_from_file_location("publisher", Path(__file__).with_name("publisher.py"))
publisher = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(publisher)

FEEDS = {feed.id: feed for feed in leaves("pratique.advisories.feeds", Feed)}
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAMPLE = FEEDS["osv"].sample[1]
KEV = FEEDS["kev"].sample[1]


@pytest.fixture
def store(tmp_path):
    with AdvisoryStore.open(tmp_path / "data" / FILE) as opened:
        yield opened


class Publishers:
    """The publishers, as a function in place of the door: what each address answers, and what was asked."""

    def __init__(self, **answers):
        self.answers = {FEEDS[name].url(""): data for name, data in answers.items()}
        self.asked = []

    def __call__(self, url, into, etag="", last_modified=""):
        from pratique.advisories.fetch import Fetched, keep

        self.asked.append((url, etag))
        answer = self.answers.get(url)
        if answer is None:
            raise FeedUnreachable(f"{url} cannot be reached", "Look at the network.")
        stamp = hashlib.sha256(answer).hexdigest()[:8]
        if etag == stamp:
            return None
        path, sha256 = keep(iter([answer]), into)
        return Fetched(path, sha256, url, stamp, "Sat, 21 Nov 2026 10:00:00 GMT")


def run(store, wanted, *, mirror=None, offline=False, now=NOW, fetch=None, force=False):
    return ensure(store, wanted, mirror=mirror, offline=offline, now=now, fetch=fetch or Publishers(), force=force)


def osv(*partitions):
    return [(FEEDS["osv"], p) for p in partitions]


def test_what_is_needed_follows_from_what_is_there():
    systems = (Distribution("debian", "12"), Distribution("alpine", "3.18.4"), Distribution("almalinux", "9.4"), Distribution("wolfi", "20230201"))
    found = [(feed.id, partition) for feed, partition in needs(FEEDS.values(), frozenset({"PyPI"}), systems)]
    assert sorted(found) == [
        ("alpine-secdb", "v3.18/community"),
        ("alpine-secdb", "v3.18/main"),
        ("debian-tracker", "debian"),
        ("endoflife", ""),
        ("epss", ""),
        ("kev", ""),
        ("osv", "AlmaLinux:9"),
        ("osv", "PyPI"),
        ("wolfi-secdb", "os"),
    ]
    assert [feed.id for feed, _ in needs(FEEDS.values(), frozenset(), ())] == ["epss", "kev"]


def test_fetched_when_first_needed_then_fresh_then_asked_again(store):
    site = Publishers(kev=KEV)
    need = [(FEEDS["kev"], "")]
    (first,), gaps = run(store, need, fetch=site)
    assert (first.records, first.complete, first.data_date, first.origin) == (1, True, "2026-01-02", "publisher")
    assert [gap.id for gap in gaps] == ["feed-old"]
    assert run(store, need, fetch=site, now=NOW + timedelta(hours=1))[0] == (first,)
    assert len(site.asked) == 1
    assert run(store, need, fetch=site, now=NOW + timedelta(hours=7))[0] == (first,)
    assert len(site.asked) == 2
    assert site.asked[1][1], "the second question was conditional"
    run(store, need, fetch=site, now=NOW + timedelta(hours=8))
    assert len(site.asked) == 2, "a 304 makes it fresh again"
    site.answers = {url: data.replace(b"CVE-2026-0001", b"CVE-2026-0009") for url, data in site.answers.items()}
    (second,), _ = run(store, need, fetch=site, now=NOW + timedelta(days=1))
    assert second.digest != first.digest
    assert list(store.exploited(["CVE-2026-0001", "CVE-2026-0009"])) == ["CVE-2026-0009"]
    assert [p.name for p in store.raw.iterdir()] == [second.digest]


def test_unreachable_but_stored_is_used_and_noted(store):
    need = [(FEEDS["kev"], "")]
    (first,), _ = run(store, need, fetch=Publishers(kev=KEV))
    found, gaps = run(store, need, now=NOW + timedelta(days=3))
    assert found == (first,)
    note = next(gap for gap in gaps if gap.id == "feed-not-updated")
    assert not note.blind
    assert "days old" in note.message
    assert note.remedy


def test_missing_and_unreachable_is_blind(store):
    found, gaps = run(store, osv("PyPI"))
    assert found == ()
    (gap,) = gaps
    assert (gap.id, gap.blind) == ("feed-missing", True)
    assert gap.remedy


def test_a_host_that_does_not_answer_is_asked_once(store):
    site = Publishers()
    _, gaps = run(store, osv("PyPI", "npm", "Go"), fetch=site)
    assert len(site.asked) == 1
    assert [gap.blind for gap in gaps] == [True] * 3


def test_offline_nothing_is_asked(store):
    site = Publishers(kev=KEV)
    _, gaps = run(store, [(FEEDS["kev"], "")], fetch=site, offline=True)
    assert site.asked == []
    assert (gaps[0].id, gaps[0].blind) == ("feed-missing", False), "what is exploited orders findings, it makes none"
    _, gaps = run(store, osv("PyPI"), fetch=site, offline=True)
    assert (gaps[0].id, gaps[0].blind) == ("feed-missing", True)
    run(store, [(FEEDS["kev"], "")], fetch=site)
    found, _ = run(store, [(FEEDS["kev"], "")], fetch=site, offline=True, now=NOW + timedelta(days=2))
    assert len(found) == 1
    assert len(site.asked) == 1


@pytest.mark.parametrize("bad", [b"<html>no", b"{}", b'{"vulnerabilities": []}', b'{"vulnerabilities": [{}, {}]}', b"\x1f\x8b", b""])
def test_bad_data_leaves_the_old_and_is_said(store, bad):
    need = [(FEEDS["kev"], "")]
    (first,), _ = run(store, need, fetch=Publishers(kev=KEV))
    found, gaps = run(store, need, fetch=Publishers(kev=bad), now=NOW + timedelta(days=1))
    assert found == (first,)
    assert "feed-not-updated" in [gap.id for gap in gaps]
    assert "CVE-2026-0001" in store.exploited(["CVE-2026-0001"])
    assert [p.name for p in store.raw.iterdir()] == [first.digest]


def mirror(folder: Path, *entries, **index):
    folder.mkdir(exist_ok=True)
    partitions = []
    for feed, partition, path, data, *more in entries:
        if data is not None:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        sha256 = hashlib.sha256(data or b"").hexdigest()
        partitions.append(
            {
                "feed": feed,
                "partition": partition,
                "path": path,
                "sha256": sha256,
                "fetched_at": "2026-11-01T00:00:00Z",
                "complete": True,
                **(more[0] if more else {}),
            }
        )
    (folder / "index.json").write_text(json.dumps({"version": 1, "partitions": partitions, **index}))
    return str(folder)


def test_a_mirror_answers_and_is_read_again_only_when_it_changes(store, tmp_path, monkeypatch):
    where = mirror(tmp_path / "m", ("osv", "PyPI", "osv/PyPI/all.zip", SAMPLE, {"data_date": "2026-11-01"}))
    (first,), gaps = run(store, osv("PyPI"), mirror=where)
    assert (first.fetched_at, first.data_date, first.url) == ("2026-11-01T00:00:00Z", "2026-11-01", f"{where}/osv/PyPI/all.zip")
    assert gaps == ()
    (tmp_path / "m" / "osv/PyPI/all.zip").unlink()  # reading it again would fail
    assert run(store, osv("PyPI"), mirror=where)[0] == (first,)
    mirror(tmp_path / "m", ("osv", "PyPI", "osv/PyPI/all.zip", SAMPLE.replace(b"EXAMPLE", b"CHANGED"), {"complete": False, "origin": "selection"}))
    (second,), gaps = run(store, osv("PyPI"), mirror=where)
    assert second.digest != first.digest
    assert (gaps[0].id, gaps[0].blind) == ("feed-incomplete", False)
    assert "unknown, not safe" in gaps[0].message


def test_what_a_mirror_lacks_is_blind_even_if_a_publisher_was_asked_before(store, tmp_path):
    run(store, [(FEEDS["kev"], "")], fetch=Publishers(kev=KEV))
    where = mirror(tmp_path / "m", ("osv", "PyPI", "p", SAMPLE))
    found, gaps = run(store, [*osv("PyPI", "npm"), (FEEDS["kev"], "")], mirror=where)
    assert [k.partition for k in found] == ["PyPI"]
    assert [(g.id, g.blind) for g in gaps if "missing" in g.id] == [("feed-missing", True), ("feed-missing", False)]
    assert store.exploited(["CVE-2026-0001"]) == {}, "what another source brought does not answer"


def test_a_publisher_replaces_what_a_mirror_brought(store, tmp_path):
    where = mirror(tmp_path / "m", ("kev", "2026-03-01", "k", KEV, {"data_date": "2026-03-01"}))
    run(store, [(FEEDS["kev"], "")], mirror=where)
    site = Publishers(kev=KEV.replace(b"CVE-2026-0001", b"CVE-2026-0002"))
    (found,), _ = run(store, [(FEEDS["kev"], "")], fetch=site)
    assert found.partition == ""
    assert list(store.exploited(["CVE-2026-0001", "CVE-2026-0002"])) == ["CVE-2026-0002"]


def test_of_several_states_the_newest_is_taken(store, tmp_path):
    entries = [
        ("kev", day, day or "now", KEV.replace(b"0001", day.encode()), {"data_date": date})
        for day, date in (("", "2025-08-25"), ("2025-11-14", "2025-11-14"))
    ]
    found, _ = run(store, [(FEEDS["kev"], "")], mirror=mirror(tmp_path / "m", *entries))
    assert [k.partition for k in found] == ["2025-11-14"]


def test_a_wider_partition_of_a_mirror_serves(store, tmp_path):
    data = SAMPLE.replace(b'"PyPI"', b'"AlmaLinux:9"')
    found, _ = run(store, osv("AlmaLinux:9"), mirror=mirror(tmp_path / "m", ("osv", "AlmaLinux", "a", data)))
    assert [k.partition for k in found] == ["AlmaLinux"]
    assert [a.id for a in store.advisories("AlmaLinux:9", ["Sample_Package"])] == ["EXAMPLE-2026-1"]


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a/../../secret", "", "a\\..\\b", "https://elsewhere/x", "a\0b"])
def test_a_path_that_leads_out_of_a_mirror_is_refused(store, tmp_path, path):
    (tmp_path / "secret").write_bytes(SAMPLE)
    where = mirror(tmp_path / "m", ("osv", "PyPI", path, None))
    found, gaps = run(store, osv("PyPI"), mirror=where)
    assert found == ()
    assert (gaps[0].id, gaps[0].blind) == ("feed-missing", True)
    assert not list(store.raw.glob("*"))


def test_a_symbolic_link_that_leads_out_of_a_mirror_is_refused(store, tmp_path):
    (tmp_path / "secret").write_bytes(SAMPLE)
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "link").symlink_to("../secret")
    where = mirror(tmp_path / "m", ("osv", "PyPI", "link", None, {"sha256": hashlib.sha256(SAMPLE).hexdigest()}))
    found, gaps = run(store, osv("PyPI"), mirror=where)
    assert found == ()
    assert "leads out" in gaps[0].message


def test_a_file_that_is_not_what_the_index_says_is_refused(store, tmp_path):
    where = mirror(tmp_path / "m", ("osv", "PyPI", "a", SAMPLE, {"sha256": "0" * 64}))
    found, gaps = run(store, osv("PyPI"), mirror=where)
    assert found == ()
    assert "sha256" in gaps[0].message
    assert not list(store.raw.glob("*"))


def test_a_folder_without_an_index_is_no_mirror(store, tmp_path):
    with pytest.raises(InvalidInput, match="no mirror"):
        run(store, osv("PyPI"), mirror=str(tmp_path))


@pytest.mark.parametrize("index", ["{", "[]", '{"version": 2, "partitions": []}', "[" * 10_000, "<html>"])
def test_an_index_that_is_none_is_said(store, tmp_path, index):
    (tmp_path / "index.json").write_text(index)
    found, gaps = run(store, osv("PyPI"), mirror=str(tmp_path))
    assert found == ()
    assert (gaps[0].id, gaps[0].blind) == ("feed-missing", True)


def test_a_mirror_at_an_address_works_the_same(store, tmp_path, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    where = Path(mirror(tmp_path / "m", ("osv", "Rocky Linux:9", "osv/Rocky Linux:9/all.zip", SAMPLE.replace(b'"PyPI"', b'"Rocky Linux:9"'))))
    with publisher.publishing() as site:
        site.answers["/mirror/index.json"] = (where / "index.json").read_bytes()
        site.answers["/mirror/osv/Rocky%20Linux:9/all.zip"] = (where / "osv/Rocky Linux:9/all.zip").read_bytes()
        (found,), gaps = run(store, osv("Rocky Linux:9"), mirror=f"{site.url}/mirror", fetch=fetch)
        assert found.records == 1
        assert gaps == ()
        asked = len(site.asked)
        run(store, osv("Rocky Linux:9"), mirror=f"{site.url}/mirror", fetch=fetch)
        assert len(site.asked) == asked + 1, "an unchanged mirror costs its index"
    assert [p.name for p in store.raw.iterdir()] == [found.digest]
    found, gaps = run(store, osv("Rocky Linux:9"), mirror=f"{site.url}/mirror", fetch=fetch)
    assert len(found) == 1
    assert gaps[0].id == "feed-not-updated"
    found, gaps = run(store, osv("Rocky Linux:9"), mirror=f"{site.url}/mirror", fetch=Publishers(), offline=True)
    assert len(found) == 1


def test_what_is_exported_is_a_mirror_with_the_same_knowledge(store, tmp_path):
    stated = [("osv", "PyPI", "a", SAMPLE, {"data_date": "2026-11-01", "complete": False, "origin": "selection"}), ("kev", "", "k", KEV)]
    need = [*osv("PyPI"), (FEEDS["kev"], "")]
    before, _ = run(store, need, mirror=mirror(tmp_path / "m", *stated))
    export(store, tmp_path / "copy")
    with AdvisoryStore.open(tmp_path / "other" / FILE) as other:
        after, _ = run(other, need, mirror=str(tmp_path / "copy"))
        assert [(k.digest, k.records, k.data_date, k.complete, k.origin, k.fetched_at) for k in after] == [
            (k.digest, k.records, k.data_date, k.complete, k.origin, k.fetched_at) for k in before
        ]


def test_damaged_documents_are_found(store, tmp_path):
    (known,), _ = run(store, osv("PyPI"), mirror=mirror(tmp_path / "m", ("osv", "PyPI", "a", SAMPLE)))
    assert list(damaged(store)) == []
    (store.raw / known.digest).write_bytes(b"other")
    assert "damaged" in next(damaged(store))
    (store.raw / known.digest).unlink()
    assert "gone" in next(damaged(store))
    run(store, osv("PyPI"), mirror=str(tmp_path / "m"), force=True)
    assert list(damaged(store)) == []


def test_the_shared_mirror_serves_a_debian_image(store):
    wanted = needs(FEEDS.values(), frozenset({"PyPI", "npm"}), (Distribution("debian", "12"),))
    found, gaps = run(store, wanted, mirror=str(shared("feeds")))
    assert {(k.feed, k.partition) for k in found} == {
        ("debian-tracker", "debian"),
        ("osv", "PyPI"),
        ("osv", "npm"),
        ("kev", "2025-11-14"),
        ("epss", "2026-08-16"),
        ("endoflife", ""),
    }
    assert not [gap for gap in gaps if gap.blind]
    assert sum(gap.id == "feed-incomplete" for gap in gaps) == 2
    ids = {a.id for a in store.advisories("PyPI", ["urllib3"])}
    assert {"PYSEC-2023-192", "PYSEC-2021-108"} & ids
    assert store.likelihood(["CVE-2021-44228"])["CVE-2021-44228"].score > 0.9
    assert store.exploited(["CVE-2021-44228"])


def test_what_a_wider_partition_holds_is_served_by_it(store):
    site = Publishers()
    site.answers = {FEEDS["osv"].url("AlmaLinux"): SAMPLE.replace(b'"PyPI"', b'"AlmaLinux:9"')}
    need = osv("AlmaLinux:9", "AlmaLinux:8")
    (known,), gaps = run(store, need, fetch=site)
    assert known.partition == "AlmaLinux"
    assert [serves(known, one) for one in [*need, *osv("PyPI")]] == [True, True, False]
    assert len(site.asked) == 1
    assert not [gap for gap in gaps if gap.blind]
