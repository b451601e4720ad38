"""Most urgent first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from pratique.matching.urgency import likely, urgency
from pratique.model import Confidence, Exploited, Finding, Kind, Likelihood, Severity

PLAIN = Finding("CVE-2026-1", Kind.VULNERABILITY, "pkg:pypi/x@1", Severity.MEDIUM, "m")
KEV = Exploited("CVE-2026-1", date(2026, 1, 1))


def epss(score: float) -> Likelihood:
    return Likelihood(score, score, "2026-08-16")


def ordered(*findings: Finding) -> bool:
    return sorted(findings, key=urgency) == list(findings)


def test_known_exploited_comes_before_every_severity_and_so_does_malware() -> None:
    worst = replace(PLAIN, severity=Severity.CRITICAL, epss=epss(0.99), fixed="2")
    assert ordered(replace(PLAIN, severity=Severity.LOW, exploited=KEV), worst)
    assert ordered(replace(PLAIN, kind=Kind.MALWARE, severity=Severity.CRITICAL), worst)


def test_a_likely_medium_comes_before_an_unlikely_high() -> None:
    assert ordered(replace(PLAIN, epss=epss(0.9)), replace(PLAIN, severity=Severity.HIGH, epss=epss(0.0005)))
    assert ordered(replace(PLAIN, severity=Severity.HIGH, epss=epss(0.01)), replace(PLAIN, epss=epss(0.01)))


def test_an_unknown_likelihood_lies_between() -> None:
    assert ordered(replace(PLAIN, epss=epss(0.5)), PLAIN, replace(PLAIN, epss=epss(0.001)))
    assert 0 < likely(None) < 1
    assert likely(epss(float("nan"))) == likely(None)


def test_an_unknown_severity_is_not_harmless() -> None:
    assert ordered(PLAIN, replace(PLAIN, severity=Severity.UNKNOWN), replace(PLAIN, severity=Severity.LOW))


def test_what_can_be_fixed_comes_first_among_equals_and_the_surer_before_the_less_sure() -> None:
    assert ordered(replace(PLAIN, fixed="2"), PLAIN, replace(PLAIN, confidence=Confidence.LOW))


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_score_is_never_less_likely(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= likely(epss(low)) <= likely(epss(high)) <= 1


@given(st.permutations([replace(PLAIN, rule=f"CVE-2026-{n}", severity=Severity(n % 6)) for n in range(8)]))
def test_the_order_is_the_same_in_every_report(findings: list[Finding]) -> None:
    assert [f.rule for f in sorted(findings, key=urgency)] == [f"CVE-2026-{n}" for n in (5, 4, 3, 0, 6, 2, 1, 7)]
