from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pratique.formats.deb822 import FAULT, MAX_FIELDS, fields, paragraphs


def test_paragraphs_have_fields_with_continuation_lines() -> None:
    text = "Package: a\nDescription: short\n long\n .\n more\nVersion:1\n\n\npackage: b\n \t\nPackage: c\n"
    assert list(paragraphs(text)) == [{"package": "a", "description": "short\n long\n .\n more", "version": "1"}, {"package": "b"}, {"package": "c"}]


def test_what_is_no_field_or_is_said_twice_is_told() -> None:
    assert "no field" in fields("Package: a\ngarbage\n")[FAULT]
    twice = fields("Package: a\nPackage: b\n")
    assert twice["package"] == "a"
    assert "twice" in twice[FAULT]
    assert "no field" in fields(" continuation of nothing\nA: b")[FAULT]
    assert FAULT in fields("\n".join(f"F{i}: x" for i in range(MAX_FIELDS + 1)))


NAMES = st.from_regex(r"[A-Z][a-z-]{0,8}", fullmatch=True)
VALUES = st.from_regex(r"[!-~]([ -~]{0,12}[!-~])?", fullmatch=True)


@given(st.lists(st.dictionaries(NAMES.map(str.lower), VALUES, min_size=1, max_size=6), max_size=6))
def test_what_was_written_is_read(records: list[dict[str, str]]) -> None:
    text = "\n".join("".join(f"{name.title()}: {value}\n" for name, value in record.items()) for record in records)
    assert list(paragraphs(text)) == records


@given(st.text(alphabet=st.sampled_from("ab: \t\n\r.#"), max_size=80))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert all(isinstance(record, dict) for record in paragraphs(text))
