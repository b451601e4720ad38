"""Severity: CVSS v3 held against the `cvss` library, vector by vector; and whose word counts."""

from __future__ import annotations

from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_sample import advisory, affected

from pratique.formats import cvss3
from pratique.matching.severity import MAX_VECTOR, score, severity
from pratique.model import Range, Severity

V31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"


@pytest.mark.parametrize("version", ["3.0", "3.1"])
def test_the_base_score_of_every_vector_of_version_3_is_that_of_the_library(version: str) -> None:
    from cvss import CVSS3

    metrics = {"AV": "NALP", "AC": "LH", "PR": "NLH", "UI": "NR", "S": "UC", "C": "NLH", "I": "NLH", "A": "NLH"}
    for values in product(*metrics.values()):
        vector = f"CVSS:{version}/" + "/".join(f"{name}:{value}" for name, value in zip(metrics, values, strict=True))
        assert cvss3.base_score(vector) == float(CVSS3(vector).base_score), vector


@given(st.lists(st.sampled_from([*V31.split("/"), "E:P", "RL:O", "RC:C", "MAV:A", "CR:H", "XX:Y", "C:", "", "A:X"]), max_size=14))
def test_what_the_library_refuses_has_no_score_and_what_it_takes_has_its_base_score(parts: list[str]) -> None:
    from cvss import CVSS3, CVSSError

    vector = "/".join(parts)
    try:
        truth = float(CVSS3(vector).base_score)
    except CVSSError:
        truth = None
    assert cvss3.base_score(vector) == truth


def test_the_scales_of_all_versions() -> None:
    assert score(V31) == (9.8, Severity.CRITICAL, "CVSS:3.1")
    assert score(V4) == (6.9, Severity.MEDIUM, "CVSS:4.0")
    assert score("AV:N/AC:L/Au:N/C:C/I:C/A:C") == (10.0, Severity.HIGH, "CVSS:2.0"), "version 2 has no critical"
    assert score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N") == (0.0, Severity.NEGLIGIBLE, "CVSS:3.1")


@pytest.mark.parametrize("vector", ["", "high", "CVSS:9.9/AV:N", "CVSS:3.1/", V31 + "/" + "E:P/" * MAX_VECTOR, "AV:", "CVSS:4.0/AV:N", V31 + "\x00"])
def test_what_is_no_vector_has_no_score(vector: str) -> None:
    assert score(vector) is None


def test_the_word_of_the_distribution_for_its_package_comes_first_then_the_database_then_cvss() -> None:
    own = affected("x", Range("0"), severity=Severity.LOW, severity_source="Debian")
    plain = affected("x", Range("0"))
    ghsa = advisory("GHSA-1", severity=Severity.HIGH, severity_source="GHSA: high", cvss=(V31,))
    vectors = advisory("PYSEC-1", cvss=(V31, V4), severity=Severity.CRITICAL, severity_source=V31)
    nothing = advisory("X-1")
    assert severity([(ghsa, own), (vectors, plain)]) == (Severity.LOW, "Debian")
    assert severity([(vectors, plain), (ghsa, plain)]) == (Severity.HIGH, "GHSA")
    assert severity([(vectors, plain)]) == (Severity.MEDIUM, "CVSS:4.0"), "the newest CVSS says most"
    assert severity([(advisory("X", severity=Severity.HIGH, severity_source="CVSS:3.1/odd"), plain)]) == (Severity.HIGH, "CVSS:3.1")
    assert severity([(nothing, plain)]) == (Severity.UNKNOWN, "")
    everything = [(ghsa, plain), (vectors, plain), (nothing, plain)]
    assert len({severity(order) for order in permutations(everything)}) == 1
