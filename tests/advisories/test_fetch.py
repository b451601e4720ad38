"""The door to publishers, held against a server that does what real ones do."""

from __future__ import annotations

import hashlib
import importlib.util
import socket
from pathlib import Path

import pytest

from pratique.advisories.fetch import fetch
from pratique.errors import Corrupt, FeedUnreachable, InvalidInput, Refused

_spec = importlib.util.spec_from_file_location("publisher", Path(__file__).with_name("publisher.py"))
publisher = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(publisher)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def site():
    with publisher.publishing() as found:
        yield found


def left(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def test_a_document_arrives_named_by_its_digest(site, tmp_path):
    site.answers["/x.json"] = b'{"a": 1}'
    got = fetch(f"{site.url}/x.json", tmp_path / "feeds")
    assert got.path.read_bytes() == b'{"a": 1}'
    assert got.path.name == got.sha256 == hashlib.sha256(b'{"a": 1}').hexdigest()
    assert got.last_modified == "Sat, 21 Nov 2026 10:00:00 GMT"
    assert left(tmp_path / "feeds") == [got.sha256]


def test_an_unchanged_document_is_not_sent_again(site, tmp_path):
    site.answers["/x.json"] = b"{}"
    first = fetch(f"{site.url}/x.json", tmp_path)
    assert fetch(f"{site.url}/x.json", tmp_path, first.etag, first.last_modified) is None
    assert site.asked[1][1]["If-None-Match"] == first.etag
    site.answers["/x.json"] = b"{ }"
    assert fetch(f"{site.url}/x.json", tmp_path, first.etag).sha256 != first.sha256


def test_a_download_cut_in_the_middle_is_tried_again_and_leaves_nothing(site, tmp_path):
    whole = b"x" * 500_000
    site.answers["/x"] = publisher.cut(whole, 200_000)
    waits = []
    with pytest.raises(FeedUnreachable, match="3 attempts") as caught:
        fetch(f"{site.url}/x", tmp_path, sleep=waits.append)
    assert len(site.asked) == 3
    assert waits == [1.0, 2.0]
    assert "--feeds" in caught.value.remedy
    assert left(tmp_path) == []


def test_a_second_attempt_may_succeed(site, tmp_path):
    tries = []

    def flaky(handler):
        tries.append(1)
        publisher.plain(handler, 503 if len(tries) == 1 else 200, b"{}", **({"Retry-After": "7"} if len(tries) == 1 else {}))

    site.answers["/x"] = flaky
    waits = []
    assert fetch(f"{site.url}/x", tmp_path, sleep=waits.append).path.read_bytes() == b"{}"
    assert waits == [7.0]


def test_a_server_cannot_make_us_wait_long(site, tmp_path):
    site.answers["/x"] = lambda handler: publisher.plain(handler, 429, b"", **{"Retry-After": "86400"})
    waits = []
    with pytest.raises(FeedUnreachable, match="429"):
        fetch(f"{site.url}/x", tmp_path, sleep=waits.append)
    assert max(waits) <= 10


def test_what_is_not_there_is_refused_at_once(site, tmp_path):
    with pytest.raises(Refused, match="404"):
        fetch(f"{site.url}/none", tmp_path)
    assert len(site.asked) == 1


def test_a_web_page_is_no_data(site, tmp_path):
    site.answers["/x"] = lambda handler: publisher.plain(handler, 200, b"<html>", **{"Content-Type": "text/html; charset=utf-8"})
    with pytest.raises(Corrupt, match="web page"):
        fetch(f"{site.url}/x", tmp_path)


def test_more_than_the_limit_is_refused_whether_promised_or_not(site, tmp_path):
    site.answers["/x"] = b"x" * 2000
    with pytest.raises(Corrupt, match="more than"):
        fetch(f"{site.url}/x", tmp_path, limit=1000)

    def endless(handler):
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            handler.close_connection = True

    site.answers["/x"] = endless
    with pytest.raises(Corrupt, match="more than"):
        fetch(f"{site.url}/x", tmp_path, limit=1_000_000)
    assert left(tmp_path) == []


def test_redirects_are_followed_but_not_for_ever(site, tmp_path):
    site.answers["/old"] = lambda handler: publisher.plain(handler, 301, b"", Location="/new")
    site.answers["/new"] = b"{}"
    assert fetch(f"{site.url}/old", tmp_path).path.read_bytes() == b"{}"
    site.answers["/loop"] = lambda handler: publisher.plain(handler, 301, b"", Location="/loop")
    with pytest.raises(FeedUnreachable):
        fetch(f"{site.url}/loop", tmp_path, sleep=lambda _: None)


def test_nobody_listens(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(FeedUnreachable, match="cannot be reached") as caught:
        fetch(f"http://127.0.0.1:{port}/x", tmp_path)
    assert "--offline" in caught.value.remedy


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "nonsense", "http://[::bad/x"])
def test_other_addresses_are_refused(url, tmp_path):
    with pytest.raises(InvalidInput):
        fetch(url, tmp_path)
