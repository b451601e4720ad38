from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rpm_sample import ALMA8, dump_berkeleydb, extract, file, load_berkeleydb, pairs

from pratique.formats.berkeleydb import Hash

PACKAGES = "var/lib/rpm/Packages"


@pytest.fixture(scope="module")
def real() -> bytes:
    return extract(ALMA8, PACKAGES)


@pytest.fixture(scope="module")
def dump(real: bytes, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("bdb") / "Packages"
    path.write_bytes(real)
    return dump_berkeleydb(path)


def read(data: bytes) -> list[tuple[bytes, bytes]]:
    found = list(Hash(file(data)).pairs())
    assert not [item for item in found if isinstance(item, ValueError)]
    return sorted(item for item in found if not isinstance(item, ValueError))


def test_the_real_big_endian_database_is_what_db_dump_reads(real: bytes, dump: bytes) -> None:
    assert real[12:16] == struct.pack(">I", 0x061561)
    truth = pairs(dump)
    assert len(truth) == 21
    assert read(real) == sorted(truth)


@pytest.mark.parametrize("order", [1234, 4321])
@pytest.mark.parametrize("page", [512, 1024, 4096, 16384, 65536])
def test_both_byte_orders_and_all_page_sizes_are_read(tmp_path: Path, dump: bytes, order: int, page: int) -> None:
    assert read(load_berkeleydb(tmp_path, dump, order, page)) == sorted(pairs(dump))


def test_a_hash_with_many_buckets_is_read_whole(tmp_path: Path) -> None:
    lines = b"".join(b" %s\n %s\n" % (struct.pack(">I", n).hex().encode(), bytes([n % 256] * (n % 700)).hex().encode()) for n in range(1, 3000))
    dump = b"VERSION=3\nformat=bytevalue\ntype=hash\nHEADER=END\n" + lines + b"DATA=END\n"
    truth = [(struct.pack(">I", n), bytes([n % 256] * (n % 700))) for n in range(1, 3000)]
    assert read(load_berkeleydb(tmp_path, dump, 1234, 512)) == truth


def test_a_truncated_database_says_so_and_names_what_is_missing(real: bytes) -> None:
    database = Hash(file(real[: len(real) // 2]))
    assert database.truncated
    assert any(isinstance(item, ValueError) for item in database.pairs())


def test_a_bucket_page_that_lost_its_type_is_said(real: bytes) -> None:
    size, found = 4096, 0
    for number in range(1, len(real) // size):
        if real[number * size + 25] == 13:
            broken = bytearray(real)
            broken[number * size + 25] = 0
            found += 1
            items = list(Hash(file(bytes(broken))).pairs())
            assert any(isinstance(item, ValueError) for item in items)
    assert found > 1


def test_overflow_pages_in_a_circle_end(real: bytes) -> None:
    broken = bytearray(real)
    for number in range(1, len(real) // 4096):
        if broken[number * 4096 + 25] == 7:
            broken[number * 4096 + 16 : number * 4096 + 20] = struct.pack(">I", number)
    assert any(isinstance(item, ValueError) for item in Hash(file(bytes(broken))).pairs())


def test_another_kind_of_file_is_an_error(real: bytes) -> None:
    for data in (b"", b"x" * 5000, real[:100], real[:12] + struct.pack(">I", 0x053162) + real[16:]):
        with pytest.raises(ValueError, match="Berkeley DB"):
            Hash(file(data))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    lines = b"".join(b" %s\n %s\n" % (struct.pack("<I", n).hex().encode(), bytes(n * 90).hex().encode()) for n in range(1, 25))
    head = b"VERSION=3\nformat=bytevalue\ntype=hash\nHEADER=END\n"
    return load_berkeleydb(tmp_path_factory.mktemp("bdb"), head + lines + b"DATA=END\n", 1234, 512)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=2000)
@given(data=st.data())
def test_damage_raises_nothing_but_valueerror(small: bytes, data: st.DataObject) -> None:
    broken = bytearray(small)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(small) - 1))] = data.draw(st.integers(0, 255))
    try:
        for item in Hash(file(bytes(broken[: data.draw(st.integers(0, len(small)))]))).pairs():
            assert isinstance(item, ValueError) or len(item[1]) <= len(small)
    except ValueError:
        pass
