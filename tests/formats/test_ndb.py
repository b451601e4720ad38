from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rpm_sample import file, ndb

from pratique.formats.ndb import blobs

SAMPLE = [bytes([n]) * (n * 37) for n in range(1, 12)]


def test_blobs_of_every_length_are_read_in_the_order_of_their_slots() -> None:
    many = [bytes([n % 256]) * n for n in range(700)]  # three pages of slots
    assert list(blobs(file(ndb(many)))) == many


def test_a_free_slot_is_no_package() -> None:
    assert list(blobs(file(ndb(SAMPLE, holes={2, 5})))) == [blob for n, blob in enumerate(SAMPLE, 1) if n not in (2, 5)]


def test_a_damaged_blob_is_said_and_the_others_are_read() -> None:
    data = bytearray(ndb(SAMPLE))
    data[4096 + 20] ^= 0x80
    found = list(blobs(file(bytes(data))))
    assert found[1:] == SAMPLE[1:]
    assert isinstance(found[0], ValueError)
    assert "checksum" in str(found[0])


def test_a_truncated_database_is_said() -> None:
    found = list(blobs(file(ndb(SAMPLE)[:-100])))
    assert [type(item) for item in found if not isinstance(item, bytes)] == [ValueError]


def test_slots_that_all_point_to_one_blob_do_not_multiply_it() -> None:
    data = bytearray(ndb([bytes(4000)] * 200))
    for slot in range(2, 202):
        data[slot * 16 + 8 : slot * 16 + 16] = struct.pack("<2I", 256, (len(data) - 4096) // 16)
    with pytest.raises(ValueError, match="overlap"):
        list(blobs(file(bytes(data))))


def test_another_kind_of_file_is_an_error() -> None:
    for data in (b"", b"RpmP", b"x" * 9000, ndb(SAMPLE)[:32], struct.pack("<4s4I", b"RpmP", 0, 0, 1 << 31, 0) + bytes(9000)):
        with pytest.raises(ValueError, match="ndb"):
            list(blobs(file(data)))


@settings(max_examples=150, deadline=2000)
@given(data=st.data())
def test_damage_raises_nothing_but_valueerror(data: st.DataObject) -> None:
    whole = ndb(SAMPLE)
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        for item in blobs(file(bytes(broken[: data.draw(st.integers(0, len(whole)))]))):
            assert isinstance(item, ValueError) or item in SAMPLE
    except ValueError:
        pass
