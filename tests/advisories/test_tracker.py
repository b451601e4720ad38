"""What Debian's tracker says of a release: its statuses, its words, its releases."""

from __future__ import annotations

import json

import pytest

from pratique.advisories.feeds.alpine import release
from pratique.advisories.feeds.debian import FEED
from pratique.model import Gap, Range, Severity, Status


def one(**fields):
    document = {"src": {"CVE-2026-1": {"releases": {"bookworm": fields}}}}
    (record,) = FEED.parse("debian", json.dumps(document).encode())
    return record if isinstance(record, Gap) else record.affected[0]


@pytest.mark.parametrize(
    ("fields", "status", "ranges"),
    [
        ({"status": "resolved", "fixed_version": "1.2-3", "urgency": "low"}, Status.AFFECTED, (Range("0", fixed="1.2-3"),)),
        ({"status": "resolved", "fixed_version": "0", "urgency": "low"}, Status.NOT_AFFECTED, ()),
        ({"status": "open", "urgency": "low"}, Status.AFFECTED, (Range("0"),)),
        ({"status": "open", "urgency": "low", "nodsa": "Minor issue", "nodsa_reason": ""}, Status.AFFECTED, (Range("0"),)),
        ({"status": "open", "urgency": "low", "nodsa": "Too hard", "nodsa_reason": "ignored"}, Status.WONT_FIX, (Range("0"),)),
        ({"status": "open", "urgency": "low", "nodsa": "Later", "nodsa_reason": "postponed"}, Status.POSTPONED, (Range("0"),)),
        ({"status": "open", "urgency": "end-of-life"}, Status.END_OF_LIFE, (Range("0"),)),
        ({"status": "undetermined", "urgency": "not yet assigned"}, Status.UNDETERMINED, (Range("0"),)),
    ],
)
def test_statuses(fields, status, ranges):
    entry = one(**fields)
    assert (entry.ecosystem, entry.name, entry.status, entry.ranges) == ("Debian:12", "src", status, ranges)


def test_words_are_kept():
    assert one(status="open", urgency="unimportant").note == "unimportant"
    assert one(status="open", urgency="low", nodsa="Minor issue", nodsa_reason="ignored").note == "no-dsa: Minor issue"


@pytest.mark.parametrize(
    ("urgency", "severity"),
    [
        ("high**", Severity.HIGH),
        ("medium", Severity.MEDIUM),
        ("low*", Severity.LOW),
        ("unimportant", Severity.NEGLIGIBLE),
        ("not yet assigned", None),
    ],
)
def test_urgencies(urgency, severity):
    entry = one(status="open", urgency=urgency)
    assert (entry.severity, entry.severity_source) == (severity, "Debian" if severity is not None else "")


def test_what_has_no_meaning_is_a_gap():
    assert isinstance(one(status="resolved", urgency="low"), Gap)
    assert isinstance(one(status="surprise", urgency="low"), Gap)


def test_a_bad_source_does_not_lose_the_others_and_a_new_release_is_said():
    good = {"CVE-2026-2": {"releases": {"zurg": {"status": "open", "urgency": "low"}}}, "CVE-2026-3": {"releases": []}}
    first, second, third, note = FEED.parse("debian", json.dumps({"bad": 5, "good": good}).encode())
    assert isinstance(first, Gap)
    assert first.blind
    assert second.affected[0].ecosystem == "Debian:zurg"
    assert third.affected == ()
    assert (note.id, note.blind) == ("release-unknown", False)


@pytest.mark.parametrize(
    ("version", "branch"),
    [("3.18.4", "v3.18"), ("3.18", "v3.18"), ("3.21_alpha20240606", "edge"), ("", "edge"), ("edge", "edge"), ("3.20.0_rc1", "v3.20")],
)
def test_the_branch_of_an_alpine_version(version, branch):
    assert release(version) == branch
