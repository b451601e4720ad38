"""What an OSV record means: branches of ranges, severity and its source, bulletins and the flaws they are made of."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.advisories.feeds.osv import FEED, advisory, partitions, url
from pratique.model import Distribution, Range, Severity, Status

BASE = {"id": "X-1", "modified": "2026-01-01T00:00:00Z"}


def record(partition: str = "", **fields):
    return advisory(partition, json.dumps({**BASE, **fields}).encode())


def affected(events: list, kind: str = "ECOSYSTEM", **fields):
    entry = {"package": {"ecosystem": "npm", "name": "x"}, "ranges": [{"type": kind, "events": events}], **fields}
    return record(affected=[entry]).affected[0]


@pytest.mark.parametrize(
    ("events", "ranges"),
    [
        ([{"introduced": "0"}, {"fixed": "1.0"}], [("0", "1.0", "")]),
        ([{"introduced": "0"}], [("0", "", "")]),
        ([{"introduced": "0"}, {"last_affected": "1.0"}], [("0", "", "1.0")]),
        ([{"introduced": "1.0"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"fixed": "2.3"}], [("1.0", "1.5", ""), ("2.0", "2.3", "")]),
        ([{"introduced": "2.0"}, {"fixed": "2.3"}, {"introduced": "1.0"}, {"fixed": "1.5"}], [("2.0", "2.3", ""), ("1.0", "1.5", "")]),
        ([{"introduced": "1.0"}, {"introduced": "2.0"}, {"fixed": "1.5"}, {"fixed": "2.3"}], [("1.0", "1.5", ""), ("2.0", "2.3", "")]),
        ([{"fixed": "10.0"}, {"fixed": "2.0"}, {"introduced": "9.0"}, {"introduced": "0"}], [("0", "2.0", ""), ("9.0", "10.0", "")]),
        ([{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "2.0"}], [("0", "1.0", ""), ("2.0", "", "")]),
        ([{"introduced": "0"}, {"limit": "3.0"}], [("0", "3.0", "")]),
        ([{"introduced": "0", "fixed": "1.0"}], [("0", "1.0", "")]),
        ([], []),
    ],
)
def test_events_become_branches(events, ranges):
    assert affected(events).ranges == tuple(Range(*r) for r in ranges)


def test_a_pre_release_begins_a_branch_that_its_release_ends():
    events = [{"introduced": "1.23.0-0"}, {"fixed": "1.23.5"}, {"introduced": "1.24.0-0"}, {"fixed": "1.24.0"}]
    assert affected(events, kind="SEMVER").ranges == (Range("1.23.0-0", "1.23.5"), Range("1.24.0-0", "1.24.0"))
    assert affected(events[::-1], kind="SEMVER").ranges == (Range("1.23.0-0", "1.23.5"), Range("1.24.0-0", "1.24.0"))


def test_ranges_of_commits_are_left_out_and_versions_kept():
    entry = affected([{"introduced": "0"}], kind="GIT", versions=["1.0", "1.1"])
    assert entry.ranges == ()
    assert entry.versions == ("1.0", "1.1")


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5)), min_size=1, max_size=5, unique_by=lambda p: p[0]), st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_of_events_does_not_matter(pairs, random):
    """Disjoint branches given in any order affect the same versions (schema: events are a set)."""
    starts = sorted(a for a, _ in pairs)
    branches = [(a, min([a + n, *(s for s in starts if s > a)])) for a, n in pairs]
    events = [e for a, b in branches for e in ({"introduced": f"{a}.0"}, {"fixed": f"{b}.0"})]
    random.shuffle(events)
    got = affected(events).ranges
    assert all(r.fixed for r in got)
    for version in range(40):
        truth = any(a <= version < b for a, b in branches)
        assert any(float(r.introduced) <= version < float(r.fixed) for r in got) == truth


def test_the_word_of_the_database_wins_over_cvss_and_says_whose_it_is():
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    both = record(id="GHSA-aaaa-bbbb-cccc", severity=[{"type": "CVSS_V3", "score": vector}], database_specific={"severity": "MODERATE"})
    assert (both.severity, both.severity_source, both.cvss) == (Severity.MEDIUM, "GHSA: moderate", (vector,))
    one = record(severity=[{"type": "CVSS_V3", "score": vector}])
    assert (one.severity, one.severity_source) == (Severity.CRITICAL, vector)
    two = record(
        severity=[
            {"type": "CVSS_V3", "score": vector},
            {"type": "CVSS_V4", "score": "CVSS:4.0/AV:L/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"},
        ]
    )
    assert two.severity_source.startswith("CVSS:4.0")
    old = record(severity=[{"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:P/I:P/A:P"}])
    assert old.severity is Severity.HIGH  # 7.5
    bad = record(severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/nonsense"}])
    assert bad.severity is Severity.UNKNOWN


def test_ubuntus_word_is_its_own():
    own = record(id="UBUNTU-CVE-2026-1", upstream=["CVE-2026-1"], severity=[{"type": "Ubuntu", "score": "negligible"}])
    assert (own.severity, own.severity_source, own.upstream) == (Severity.NEGLIGIBLE, "Ubuntu", ("CVE-2026-1",))


def test_the_summary_of_a_rebuild_says_its_severity():
    assert record(id="ALSA-2026:1", summary="Important: kernel security update", related=["CVE-2026-1000"]).severity is Severity.HIGH
    assert record(id="PYSEC-2026-1", summary="Important: read this").severity is Severity.UNKNOWN


def test_a_bulletin_is_made_of_the_flaws_it_names():
    alma = record(id="ALSA-2026:1", related=["CVE-2026-1000", "CVE-2026-1001", "RHSA-2026:1"])
    assert (alma.upstream, alma.aliases) == (("CVE-2026-1000", "CVE-2026-1001"), ())
    debian = record(id="DSA-1-1", aliases=["CVE-2026-1000"])
    assert (debian.upstream, debian.aliases) == (("CVE-2026-1000",), ())
    ubuntu = record(id="USN-1-1", upstream=["CVE-2026-1000", "UBUNTU-CVE-2026-1000", "UBUNTU-CVE-2026-1001"])
    assert ubuntu.upstream == ("CVE-2026-1000", "CVE-2026-1001")
    flaw = record(id="GHSA-aaaa-bbbb-cccc", aliases=["CVE-2026-1000"], related=["CVE-2026-1001"])
    assert (flaw.upstream, flaw.aliases) == ((), ("CVE-2026-1000",))


def test_bulletins_of_bug_fixes_are_marked_as_no_security():
    assert not record(id="ALBA-2026:1", related=[]).security
    assert not record(id="ALEA-2026:1").security
    assert record(id="ALBA-2026:1", related=["CVE-2026-1000"]).security
    assert record(id="ALSA-2026:1").security


def test_malicious_packages_are_marked():
    assert record(id="MAL-2026-1").malicious
    assert record(id="GHSA-aaaa-bbbb-cccc", aliases=["MAL-2026-1"]).malicious
    assert not record(id="GHSA-aaaa-bbbb-cccc").malicious


def test_names_are_written_as_their_ecosystem_compares_them():
    def name(ecosystem, written):
        return record(affected=[{"package": {"ecosystem": ecosystem, "name": written}}]).affected[0].name

    assert name("PyPI", "Foo.Bar__baz") == "foo-bar-baz"
    assert name("NuGet", "Newtonsoft.Json") == "newtonsoft.json"
    assert name("npm", "JSONStream") == "JSONStream"


def test_only_what_belongs_to_the_partition_is_kept():
    entries = [{"package": {"ecosystem": e, "name": "x"}} for e in ("Ubuntu:22.04:LTS", "Ubuntu:Pro:16.04:LTS", "Debian:12", "UbuntuX")]
    assert [a.ecosystem for a in record("Ubuntu", affected=entries).affected] == ["Ubuntu:22.04:LTS", "Ubuntu:Pro:16.04:LTS"]
    assert len(record("", affected=entries).affected) == 4


def test_withdrawn_null_lists_and_unmaintained_are_read():
    found = record(withdrawn="2026-02-01T00:00:00Z", aliases=None, affected=None, severity=None, references=None, database_specific="free")
    assert found.withdrawn == "2026-02-01T00:00:00Z"
    rust = affected([{"introduced": "0.0.0-0"}], kind="SEMVER", database_specific={"informational": "unmaintained", "cvss": None})
    assert (rust.note, rust.status) == ("informational: unmaintained", Status.AFFECTED)


def test_a_release_is_part_of_what_the_publisher_exports():
    systems = (Distribution("almalinux", "9.4"), Distribution("ubuntu", "22.04"), Distribution("ubuntu", "23.10"), Distribution("debian", "12"))
    assert list(partitions(frozenset({"npm", "PyPI"}), systems)) == ["PyPI", "npm", "AlmaLinux:9", "Ubuntu:22.04:LTS", "Ubuntu:23.10"]
    assert url("Rocky Linux:9") == "https://osv-vulnerabilities.storage.googleapis.com/Rocky%20Linux/all.zip"
    assert FEED.wider("Ubuntu:22.04:LTS") == "Ubuntu"
