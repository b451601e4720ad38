from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rpm_sample import header, text

from pratique.formats import rpmheaders
from pratique.formats.rpmdatabase import KEPT
from pratique.formats.rpmheader import Header, Tag
from pratique.formats.rpmrequire import capabilities

SAMPLE = header(
    {
        Tag.NAME: text("bash"),
        Tag.EPOCH: (4, 1, struct.pack(">I", 2)),
        1004: (9, 2, b"a summary\0ein Satz\0"),
        Tag.REQUIRENAME: (8, 3, b"/bin/sh\0libc.so.6\0\0"),
        Tag.BASENAMES: (8, 2, b"bash\0sh\0"),
        Tag.DIRINDEXES: (4, 2, struct.pack(">2I", 0, 1)),
        Tag.DIRNAMES: (8, 2, b"/usr/bin/\0/bin/\0"),
        Tag.FILEMODES: (3, 2, struct.pack(">2H", 0o100755, 0o120777)),
        Tag.SIZE: (5, 1, struct.pack(">Q", 1 << 40)),
        Tag.VERSION: text("5.1"),
    }
)


def test_values_of_every_type_are_read() -> None:
    found = Header(SAMPLE)
    assert (found.string(Tag.NAME), found.integer(Tag.EPOCH), found.string(1004)) == ("bash", 2, "a summary")
    assert found.strings(Tag.REQUIRENAME) == ["/bin/sh", "libc.so.6", ""]
    assert found.files() == ([b"/usr/bin/", b"/bin/"], (0, 1), [b"bash", b"sh"])
    assert (found.integers(Tag.FILEMODES), found.integer(Tag.SIZE)) == ((0o100755, 0o120777), 1 << 40)
    assert (found.string(Tag.VENDOR), found.strings(Tag.PROVIDENAME), found.integer(Tag.BUILDTIME)) == ("", [], None)
    assert Tag.NAME in found
    assert Tag.VENDOR not in found


def test_of_a_tag_that_is_there_twice_the_later_counts() -> None:
    blob = struct.pack(">2I8I", 2, 4, 1000, 6, 0, 1, 1000, 6, 2, 1) + b"a\0b\0"
    assert Header(blob).string(Tag.NAME) == "b"


@pytest.mark.parametrize("small", [lambda h: h.thinned(KEPT), lambda h: h.reduced(KEPT)])
def test_a_smaller_header_has_the_same_values_of_the_tags_that_are_kept(small) -> None:
    kept = Header(small(Header(SAMPLE)))
    for tag in (Tag.NAME, Tag.VERSION):
        assert kept.string(tag) == Header(SAMPLE).string(tag)
    assert kept.integer(Tag.EPOCH) == 2
    assert kept.strings(Tag.REQUIRENAME) == ["/bin/sh", "libc.so.6", ""]
    assert kept.files() == Header(SAMPLE).files()
    assert b"ein Satz" not in small(Header(SAMPLE))


def test_a_thinned_header_is_as_long_as_before() -> None:
    assert len(Header(SAMPLE).thinned(KEPT)) == len(SAMPLE)


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\0\0\0\1",
        struct.pack(">2I", 1 << 30, 16),
        struct.pack(">2I", 0, 0),
        struct.pack(">2I", 1, 1 << 31) + bytes(16),
        struct.pack(">2I", 0xFFFF, 8) + bytes(64),
    ],
)
def test_a_header_that_claims_more_than_it_has_is_an_error(blob: bytes) -> None:
    with pytest.raises(ValueError, match="header"):
        Header(blob)


def test_a_value_that_claims_more_than_it_has_is_an_error() -> None:
    integers = Header(header({Tag.DIRINDEXES: (4, 1 << 31, b"\0\0\0\1")}))
    strings = Header(header({Tag.BASENAMES: (8, 1 << 31, b"a\0b\0")}))
    with pytest.raises(ValueError, match="1116"):
        integers.integers(Tag.DIRINDEXES)
    with pytest.raises(ValueError, match="1117"):
        strings.raw_strings(Tag.BASENAMES)
    with pytest.raises(ValueError, match="no string"):
        Header(SAMPLE).string(Tag.DIRINDEXES)


def test_packed_headers_come_out_as_they_went_in_with_faults_in_their_place() -> None:
    packed = rpmheaders.pack([SAMPLE, ValueError("torn"), b"junk", SAMPLE], KEPT, 100)
    found = list(rpmheaders.unpack(packed))
    assert [isinstance(item, bytes) for item in found] == [True, False, False, True]
    assert str(found[1]) == "torn"
    assert found[0] == Header(SAMPLE).reduced(KEPT)


def test_more_headers_than_the_limit_are_said() -> None:
    found = list(rpmheaders.unpack(rpmheaders.pack([SAMPLE] * 5, KEPT, 3)))
    assert [type(item) for item in found] == [bytes, bytes, bytes, ValueError]


@settings(max_examples=200, deadline=2000)
@given(data=st.data())
def test_damage_raises_nothing_but_valueerror(data: st.DataObject) -> None:
    broken = bytearray(SAMPLE)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(SAMPLE) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = Header(bytes(broken[: data.draw(st.integers(0, len(SAMPLE)))]))
    except ValueError:
        return
    for read in (found.string, found.strings, found.integers, found.integer):
        for tag in KEPT:
            with contextlib.suppress(ValueError):
                read(tag)
    for small in (found.thinned, found.reduced, lambda _: found.files()):
        with contextlib.suppress(ValueError):
            small(KEPT)


@pytest.mark.parametrize(
    ("requirement", "named"),
    [
        (b"libc.so.6(GLIBC_2.34)(64bit)", [b"libc.so.6(GLIBC_2.34)(64bit)"]),
        (b"(a and b)", [b"a", b"b"]),
        (b"(a >= 1.0 or b = 2:3-4)", [b"a", b"b"]),
        (b"(a if b)", [b"a"]),
        (b"(a if (b and c) else d)", [b"a", b"d"]),
        (b"(pkgconfig(x) with pkgconfig(y))", [b"pkgconfig(x)", b"pkgconfig(y)"]),
        (b"((a unless b) and c)", [b"a", b"c"]),
        (b"((((", []),
    ],
)
def test_a_boolean_dependency_names_what_it_may_pull_in(requirement: bytes, named: list[bytes]) -> None:
    assert list(capabilities(requirement)) == named
