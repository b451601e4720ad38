"""Lists of indicators, as their publishers write them."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.formats.indicators import Indicator, parse, read


@pytest.mark.parametrize(
    ("text", "host", "path"),
    [
        ("evil.example", "evil.example", ""),
        ("EVIL[.]Example.", "evil.example", ""),
        ("hxxps://evil[.]example:8443/a/b?c=d#e", "evil.example", "/a/b"),
        ("http://user:pass@evil.example/", "evil.example", ""),
        ("198.51.100.7:4444", "198.51.100.7", ""),
        ("2001:db8::7", "2001:db8::7", ""),
        ("abcdefghijklmnop.onion", "abcdefghijklmnop.onion", ""),
    ],
)
def test_an_indicator_is_read_however_it_is_written(text: str, host: str, path: str) -> None:
    found = parse(text)
    assert found is not None
    assert (found.host, found.path) == (host, path)


@pytest.mark.parametrize("text", ["", "localhost", "2026-01-01", "d41d8cd98f00b204e9800998ecf8427e", "a b", "x" * 5000, "1.2.3", "..", "-.example"])
def test_what_is_no_host_is_none(text: str) -> None:
    assert parse(text) is None


def test_lists_of_hosts_files_csv_and_stix_are_read() -> None:
    assert [one.host for one in read(b"# c\n0.0.0.0 evil.example\n! x\nbad.example # why\n")] == ["evil.example", "bad.example"]
    assert [one.host for one in read(b'\xef\xbb\xbfdate,host\n2026-01-01,"evil.example"\n')] == ["evil.example"]
    pattern = "[ipv4-addr:value = '198.51.100.7' OR url:value='http://evil.example/x'] AND [file:name = 'a.exe']"
    bundle = {
        "type": "bundle",
        "objects": [{"type": "indicator", "pattern": pattern}, {"type": "report", "pattern": "[domain-name:value = 'no.example']"}],
    }
    assert [(one.host, one.path) for one in read(json.dumps(bundle).encode())] == [("198.51.100.7", ""), ("evil.example", "/x")]


@pytest.mark.parametrize("data", [b"", b"\n#\n", b"{", b'{"objects": 1}', b"[" * 100_000, b"<html></html>", b'{"objects":' * 10_000])
def test_a_list_without_indicators_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        list(read(data))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_refused(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert all(isinstance(one, Indicator) and one.host for one in read(data))
