"""The tar walk, held against the standard library's and GNU tar's."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import image_maker as im
import pytest
from conftest import need
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.formats import tar as tarwalk
from pratique.formats.tar import Header, Tar, TarFault


def read(data: bytes, block: int = 1000) -> tuple[list[tuple[Header, bytes]], list[str], str]:
    """Return members with their bytes, the notes, and the fault's id."""
    notes: list[str] = []
    walk = Tar((data[at : at + block] for at in range(0, len(data), block)), lambda id, message: notes.append(id))
    members: list[tuple[Header, bytes]] = []
    try:
        members.extend((header, b"".join(bytes(chunk) for chunk in walk.chunks())) for header in walk)
    except TarFault as fault:
        return members, notes, fault.id
    return members, notes, ""


names = st.text(st.characters(exclude_characters="\0/", exclude_categories=("Cs",)), min_size=1, max_size=60).filter(
    lambda n: n not in (".", "..") and not n.startswith(".wh.")
)
paths = st.lists(names, min_size=1, max_size=4).map("/".join)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(paths, st.binary(max_size=3000), st.integers(0, 0o7777), st.integers(0, 2**31)), max_size=8),
    st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
    st.integers(1, 5000),
)
def test_members_are_those_that_the_standard_library_reads(files: list[tuple[str, bytes, int, int]], dialect: int, block: int) -> None:
    data = im.tar([im.file(path, content, mode=mode, uid=uid) for path, content, mode, uid in files], dialect=dialect)
    found, _, fault = read(data, block)
    assert not fault
    with tarfile.open(fileobj=io.BytesIO(data)) as truth:
        expected = [(m.name, m.mode, m.uid, m.size, truth.extractfile(m).read()) for m in truth]  # type: ignore[union-attr]
    assert [(h.path, h.mode, h.uid, h.size, content) for h, content in found] == expected


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_archive_gives_members_or_a_fault_and_nothing_else(data: st.DataObject) -> None:
    whole = bytearray(im.tar([im.file("a" * 150, b"x" * 700), im.symlink("l", "a"), im.file("b", b"y", pax={"comment": "z"})]))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    members, _, _ = read(bytes(whole[:cut]))
    assert len(members) <= 5


def test_every_cut_is_said() -> None:
    whole = im.tar([im.file("a", b"x" * 700), im.file("b", b"y" * 10)])
    end = whole.rindex(b"y") + 1
    for cut in range(1, end, 97):
        members, notes, fault = read(whole[:cut])
        assert fault == "layer-truncated" or "end-missing" in notes, cut
        assert [h.path for h, _ in members][:2] in ([], ["a"], ["a", "b"])


def test_gnu_tar_sparse_files_of_every_format_have_their_real_bytes(tmp_path: Path) -> None:
    tar = need("tar")
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as out:
        for at in (0, 300_000, 900_001):
            out.seek(at)
            out.write(os.urandom(5000))
        out.truncate(1_500_000)
    expected = sparse.read_bytes()
    for options in (["--format=gnu"], *(["--format=pax", f"--sparse-version={version}"] for version in ("0.0", "0.1", "1.0"))):
        data = subprocess.run([tar, "-cS", *options, "-f", "-", "sparse"], cwd=tmp_path, check=True, capture_output=True).stdout
        if len(data) > 1_000_000:
            pytest.skip("this file system keeps no holes")
        members, _, fault = read(data)
        assert (fault, [(h.path, h.size) for h, _ in members]) == ("", [("sparse", 1_500_000)]), options
        assert members[0][1] == expected, options


def test_gnu_tar_archives_of_every_format_are_read_as_they_are(tmp_path: Path) -> None:
    tar = need("tar")
    folder = tmp_path / "in"
    deep = folder.joinpath(*["d" * 50] * 5)
    deep.mkdir(parents=True)
    (deep / ("f" * 120)).write_bytes(b"deep")
    (folder / "link").symlink_to("x" * 150)
    os.link(deep / ("f" * 120), folder / "hard")
    os.mkfifo(folder / "fifo")
    for dialect in ("gnu", "oldgnu", "pax"):
        data = subprocess.run([tar, "-c", f"--format={dialect}", "--sort=name", "-f", "-", "."], cwd=folder, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(data)) as truth:
            expected = [(m.name.removeprefix("./"), m.linkname.removeprefix("./")) for m in truth if m.name != "."]
        members, _, fault = read(data)
        assert not fault
        assert [(h.path, h.link) for h, _ in members if h.path] == expected


@pytest.mark.parametrize("path", ["../etc/passwd", "/../../etc/passwd", "a/../../etc/passwd"])
def test_a_path_that_climbs_out_of_the_root_is_kept_below_and_said(path: str) -> None:
    members, notes, _ = read(im.tar([im.file(path, b"x")]))
    assert [h.path for h, _ in members] == ["etc/passwd"]
    assert set(notes) == {"path-escapes"}


def test_a_link_with_a_size_carries_no_data_as_the_engines_read_it() -> None:
    data = bytearray(im.tar([im.hardlink("h", "a"), im.file("b", b"seen")]))
    data[124:136] = b"00000001000\0"
    data[148:156] = b"        "
    data[148:156] = b"%06o\0 " % sum(data[:512])
    assert [h.path for h, _ in read(bytes(data))[0]] == ["h", "b"]


def test_a_pax_size_overrides_the_header_as_the_engines_read_it() -> None:
    data = bytearray(im.tar([im.file("a", b"x" * 600, pax={"size": "600"}), im.file("b", b"seen")]))
    at = data.index(b"a\0\0\0", 1024)
    data[at + 124 : at + 136] = b"00000000000\0"
    data[at + 148 : at + 156] = b"        "
    data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])
    assert [(h.path, len(content)) for h, content in read(bytes(data))[0]] == [("a", 600), ("b", 4)]


def test_a_wrong_checksum_ends_the_walk_and_what_came_before_stands() -> None:
    data = bytearray(im.tar([im.file("a", b"x"), im.file("b", b"y")]))
    data[1024] ^= 1
    members, _, fault = read(bytes(data))
    assert ([h.path for h, _ in members], fault) == (["a"], "layer-corrupt")


def test_a_checksum_of_signed_bytes_is_accepted() -> None:
    data = bytearray(im.tar([im.file("\xe9", b"x")], dialect=tarfile.GNU_FORMAT))
    counted = bytes(data[:148]) + b" " * 8 + bytes(data[156:512])
    data[148:156] = b"%06o\0 " % sum(byte - 256 if byte > 127 else byte for byte in counted)
    assert read(bytes(data))[2] == ""


def test_a_single_zero_block_is_said_and_read_over() -> None:
    one, two = im.tar([im.file("a", b"x")]), im.tar([im.file("b", b"y")])
    members, notes, _ = read(one[:1024] + bytes(512) + two)
    assert [h.path for h, _ in members] == ["a", "b"]
    assert "zero-block" in notes


def test_a_hole_of_an_exabyte_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tarwalk, "MAX_HOLES", 1 << 20)
    pax = {"GNU.sparse.map": "0,0", "GNU.sparse.realsize": str(1 << 60), "GNU.sparse.size": str(1 << 60)}
    assert read(im.tar([im.file("a", b"", pax=pax)]))[2] == "limit-exceeded"


def test_an_extended_header_of_a_gibibyte_is_refused() -> None:
    data = bytearray(im.tar([im.file("a", b"", pax={"comment": "x"})]))
    data[124:136] = b"%011o\0" % (1 << 30)
    data[148:156] = b"        "
    data[148:156] = b"%06o\0 " % sum(data[:512])
    assert read(bytes(data))[2] == "limit-exceeded"


def test_names_that_are_no_utf8_survive() -> None:
    members, _, _ = read(im.tar([im.file(b"caf\xe9".decode("utf-8", "surrogateescape"), b"x")], dialect=tarfile.GNU_FORMAT))
    assert os.fsencode(members[0][0].path) == b"caf\xe9"


def test_file_capabilities_are_seen() -> None:
    value = b"\x01\x00\x00\x02\x00\x20\x00\x00" + bytes(12)
    members, _, _ = read(im.tar([im.file("bin/ping", b"x", xattrs={"security.capability": value})]))
    assert members[0][0].capabilities == value
