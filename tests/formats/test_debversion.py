from __future__ import annotations

import random
import subprocess

import pytest
from conftest import need
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.formats.debversion import order

PART = st.text(alphabet="0019aZ.+~", min_size=1, max_size=8).map(lambda text: f"1{text}")
VERSIONS = st.builds(
    lambda epoch, upstream, revision: f"{epoch}{upstream}{revision}",
    st.sampled_from(("", "", "0:", "1:", "10:")),
    PART,
    st.sampled_from(("", "-")).flatmap(
        lambda dash: st.text(alphabet="0019aZ.+~", min_size=1, max_size=6).map(lambda t: f"-{t}") if dash else st.just("")
    ),
)


def sign(a: str, b: str) -> int:
    return (order(a) > order(b)) - (order(a) < order(b))


@given(VERSIONS, VERSIONS, VERSIONS)
def test_the_order_is_total(a: str, b: str, c: str) -> None:
    assert sign(a, b) == -sign(b, a)
    assert sign(a, a) == 0
    if sign(a, b) <= 0 and sign(b, c) <= 0:
        assert sign(a, c) <= 0


@settings(max_examples=150, deadline=None)
@given(VERSIONS, VERSIONS)
def test_the_order_is_that_of_dpkg(a: str, b: str) -> None:
    word = {-1: "lt", 0: "eq", 1: "gt"}[sign(a, b)]
    assert subprocess.run([need("dpkg"), "--compare-versions", a, word, b], capture_output=True).returncode == 0


HARD = (
    "1.0",
    "1.0-0",
    "1.0-00",
    "1.",
    "1.0~",
    "1.0~~",
    "1.0~~a",
    "1.0a",
    "1.0+b1",
    "1.0.",
    "1.0-1+b1",
    "1.0-1~bpo",
    "0:1.0",
    "1:0",
    "1a",
    "1-a",
    "1-1-1",
    "1-~",
    "00",
    "0",
)


def test_hard_cases_are_as_dpkg_has_them() -> None:
    pairs = [(a, b) for a in HARD for b in HARD]
    for a, b in random.Random(7).sample(pairs, 150):
        word = {-1: "lt", 0: "eq", 1: "gt"}[sign(a, b)]
        assert subprocess.run([need("dpkg"), "--compare-versions", a, word, b], capture_output=True).returncode == 0, (a, word, b)


@pytest.mark.parametrize("text", ["", "1-", "a:1", ":1", "1:", "-1", "1 2", "1\x00", "9" * 5000, "4294967296:1", "1é", "²:1"])
def test_what_is_no_version_raises_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="Debian version"):
        order(text)


@given(st.text(max_size=40))
def test_any_text_has_a_key_or_raises_value_error(text: str) -> None:
    try:
        order(text)
    except ValueError:
        return
    assert text.strip()
