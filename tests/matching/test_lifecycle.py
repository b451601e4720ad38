"""Ended support is a finding, held against Debian's own dates."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from conftest import shared
from matching_sample import matched

from pratique.advisories.feeds import distroinfo
from pratique.matching.lifecycle import support
from pratique.model import Distribution, Finding, Gap, Kind, Lifecycle, Severity


def debian(id_: str) -> list[Lifecycle]:
    return [one for one in distroinfo.parse(id_, shared("feeds", "distro-info", f"{id_}.csv").read_bytes()) if isinstance(one, Lifecycle)]


def on(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "severity"),
    [
        ("2024-08-14", None),
        ("2024-08-15", Severity.MEDIUM),
        ("2026-08-31", Severity.MEDIUM),
        ("2026-09-01", Severity.HIGH),
    ],
)
def test_debian_11_ends_by_degrees(day: str, severity: Severity | None) -> None:
    found = list(support([Distribution("debian", "11", "bullseye")], debian, on(day)))
    assert [f.severity for f in found if isinstance(f, Finding)] == ([severity] if severity else [])
    for one in found:
        assert isinstance(one, Finding)
        assert (one.rule, one.kind, one.subject) == ("end-of-life", Kind.LIFECYCLE, "distribution:debian:11")
        assert "2024-08-14" in one.message or "2026-08-31" in one.message


def test_an_old_ubuntu_by_its_number_and_an_old_debian_by_its_codename() -> None:
    (ubuntu,) = support([Distribution("ubuntu", "14.04", "trusty")], debian, on("2026-11-22"))
    assert isinstance(ubuntu, Finding)
    (jessie,) = support([Distribution("debian", "", "jessie")], debian, on("2026-11-22"))
    assert isinstance(jessie, Finding)
    assert jessie.severity is Severity.HIGH


def test_alpine_is_dated_by_its_branch() -> None:
    known = [Lifecycle("alpine", "3.18", ends=on("2025-05-09").date()), Lifecycle("alpine", "3.22", ends=on("2027-05-01").date())]
    (old,) = support([Distribution("alpine", "3.18.4"), Distribution("alpine", "3.22.1")], lambda _: known, on("2026-11-22"))
    assert isinstance(old, Finding)
    assert old.subject == "distribution:alpine:3.18"
    assert not list(support([Distribution("alpine", "3.23_alpha20250101", "edge")], lambda _: known, on("2026-11-22")))


def test_a_release_that_nobody_dates_is_a_note() -> None:
    (gap,) = support([Distribution("debian", "99")], debian, on("2026-11-22"))
    assert isinstance(gap, Gap)
    assert not gap.blind
    assert not list(support([Distribution("unheard-of", "1")], lambda _: [], on("2026-11-22")))


def test_matching_joins_it_to_its_findings() -> None:
    found = matched([], [], [Distribution("debian", "11", "bullseye")], lifecycles=debian)
    assert [f.rule for f in found.findings] == ["end-of-life"]
