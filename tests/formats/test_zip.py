"""Zip archives against the standard library's zipfile and the JDK's `jar`."""

import io
import random
import struct
import subprocess
import zipfile

import pytest
from conftest import need
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.formats import zip as zips


def build(files, *, method=zipfile.ZIP_DEFLATED, comment=b"", prefix=b"", force_zip64=False):
    buffer = io.BytesIO()
    buffer.write(prefix)
    with zipfile.ZipFile(buffer, "a" if prefix else "w", method) as archive:
        archive.comment = comment
        for name, data in files.items():
            with archive.open(name, "w", force_zip64=force_zip64) as out:
                out.write(data)
    return buffer.getvalue()


def mine(data):
    file = io.BytesIO(data)
    return {e.name: b"".join(zips.stream(file, e)) for e in zips.entries(file)}


FILES = {
    "META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\r\n",
    "empty": b"",
    "dir/zeros": bytes(3_000_000),
    "dir/random": random.Random(1).randbytes(700_000),
    "ünï/名.txt": "ß".encode() * 1000,
}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("comment", [b"", b"a comment"])
@pytest.mark.parametrize("prefix", [b"", b"#!/bin/sh\nexec java -jar $0\n"])
@pytest.mark.parametrize("force_zip64", [False, True])
def test_every_entry_equals_what_zipfile_reads(method, comment, prefix, force_zip64):
    data = build(FILES, method=method, comment=comment, prefix=prefix, force_zip64=force_zip64)
    with zipfile.ZipFile(io.BytesIO(data)) as truth:
        assert mine(data) == {i.filename: truth.read(i) for i in truth.infolist()} == FILES


def test_a_comment_that_looks_like_an_end_misleads_nobody():
    assert mine(build(FILES, comment=b"PK\x05\x06 is not the end" + bytes(40))) == FILES  # zipfile itself is misled


def test_offsets_that_ignore_the_script_in_front_are_shifted():
    data = b"#!/bin/sh\nexit\n" + build(FILES)
    assert mine(data) == FILES


def test_an_archive_of_more_than_65535_entries_is_read_by_its_zip64_end():
    files = {f"{i}": b"" for i in range(70_000)}
    data = build(files, method=zipfile.ZIP_STORED)
    assert len(list(zips.entries(io.BytesIO(b"front" + data)))) == 70_000


def test_a_jar_of_the_jdk_is_read(tmp_path):
    jar = need("jar", package="openjdk-17-jdk-headless")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "A.txt").write_bytes(FILES["dir/random"])
    subprocess.run([jar, "cf", "x.jar", "-C", "in", "."], cwd=tmp_path, check=True, timeout=60)
    data = (tmp_path / "x.jar").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as truth:
        assert mine(data) == {i.filename: truth.read(i) for i in truth.infolist()}
    assert mine(data)["A.txt"] == FILES["dir/random"]


def test_two_entries_may_be_read_in_turns():
    file = io.BytesIO(build(FILES))
    found = {e.name: e for e in zips.entries(file)}
    a, b = zips.stream(file, found["dir/zeros"]), zips.stream(file, found["dir/random"])
    parts = [next(a), next(b), *a]
    assert len(b"".join([parts[0], *parts[2:]])) == 3_000_000
    assert parts[1] + b"".join(b) == FILES["dir/random"]


def test_bytes_that_differ_from_their_checksum_are_refused():
    data = bytearray(build({"a": b"hello" * 10}, method=zipfile.ZIP_STORED))
    data[data.index(b"hello")] ^= 1
    with pytest.raises(ValueError, match="CRC-32"):
        mine(bytes(data))


def test_an_encrypted_entry_is_named():
    data = bytearray(build({"secret.txt": b"x"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ValueError, match=r"secret\.txt.*encrypted"):
        mine(bytes(data))


def test_a_method_that_is_not_read_is_named():
    with pytest.raises(ValueError, match="bzip2"):
        mine(build({"a": b"x" * 100}, method=zipfile.ZIP_BZIP2))


def test_entries_that_share_their_bytes_are_refused():
    data = build({"a": b"x" * 100, "b": b"x" * 100})
    second = data.rindex(b"PK\x01\x02")
    bomb = bytearray(data)
    bomb[second + 42 : second + 46] = bytes(4)  # the second entry's bytes are the first's
    with pytest.raises(ValueError, match="overlaps"):
        list(zips.entries(io.BytesIO(bytes(bomb))))


def test_an_entry_larger_than_it_declares_is_stopped():
    data = bytearray(build({"a": bytes(5_000_000)}))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", 10)
    file = io.BytesIO(bytes(data))
    (entry,) = zips.entries(file)
    with pytest.raises(ValueError, match="larger than the 10 bytes"):
        zips.read(file, entry, 1 << 30)


def test_a_directory_that_declares_too_much_is_refused():
    data = build({f"{i}": bytes(50_000_000) for i in range(2)})
    with pytest.raises(ValueError, match="times its size"):
        list(zips.entries(io.BytesIO(data)))


@pytest.mark.parametrize(
    ("limits", "reason"), [(zips.Limits(entries=4), "entries"), (zips.Limits(name=5), "name"), (zips.Limits(directory=9), "directory")]
)
def test_each_limit_is_said(limits, reason):
    with pytest.raises(ValueError, match=reason):
        list(zips.entries(io.BytesIO(build(FILES)), limits))


def test_read_refuses_more_than_its_limit():
    file = io.BytesIO(build({"a": b"12345"}))
    (entry,) = zips.entries(file)
    with pytest.raises(ValueError, match="more than 4"):
        zips.read(file, entry, 4)


@pytest.mark.parametrize("data", [b"", b"PK", b"<html>no</html>", b"PK\x05\x06" * 20_000])
def test_what_is_no_archive_is_a_value_error(data):
    with pytest.raises(ValueError, match="zip"):
        list(zips.entries(io.BytesIO(data)))


SMALL = build({"a/b": b"hello world " * 20, "c": random.Random(2).randbytes(50), "d/": b""}, comment=b"end", force_zip64=True)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=6), st.integers(0, len(SMALL)))
def test_damaged_archives_raise_nothing_but_value_error(changes, cut):
    data = bytearray(SMALL)
    for position, value in changes:
        data[position] = value
    for candidate in (bytes(data), bytes(data[:cut]), bytes(data[cut:])):
        file = io.BytesIO(candidate)
        try:
            for entry in zips.entries(file):
                try:
                    size = sum(map(len, zips.stream(file, entry)))
                except ValueError:
                    continue
                assert size == entry.size
        except ValueError:
            continue


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=4000), st.integers(1, 500), st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
def test_what_zipfile_writes_is_read_again(data, repeat, method):
    files = {"x": data * repeat}
    assert mine(build(files, method=method)) == files
