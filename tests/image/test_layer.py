import gzip
import hashlib
import os
import sys
from collections.abc import Iterator

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.errors import Corrupt, DigestMismatch, MalformedImage
from pratique.image import layer
from pratique.image.source import MAX_BLOCK

TAR = os.urandom(150_000) + bytes(1_500_000) + b"end"
SKIPPABLE = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
STORED = {
    "plain": TAR,
    "gzip": gzip.compress(TAR),
    "gzip, several members": gzip.compress(TAR[:999]) + gzip.compress(b"") + gzip.compress(TAR[999:]),
    "gzip, padded": gzip.compress(TAR) + bytes(700),
    "zstd": zstd.compress(TAR),
    "zstd, several frames": zstd.compress(TAR[:999]) + SKIPPABLE + zstd.compress(TAR[999:]) + SKIPPABLE,
    "zstd, skippable first": SKIPPABLE + zstd.compress(TAR),
}


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def blocks(data: bytes, size: int = 1 << 18) -> Iterator[bytes]:
    return iter([data[at : at + size] for at in range(0, len(data), size)])


@pytest.fixture(params=["isal", "zlib"])
def _gzips(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "zlib":
        monkeypatch.setitem(sys.modules, "isal.igzip_lib", None)
        monkeypatch.setitem(sys.modules, "isal.isal_zlib", None)


@pytest.mark.usefixtures("_gzips")
@pytest.mark.parametrize("kind", STORED)
@pytest.mark.parametrize("size", [1 << 18, 1000, 1 << 24])
def test_a_layer_comes_out_as_its_tar(kind: str, size: int) -> None:
    data = STORED[kind]
    out = list(layer.verified(blocks(data, size), digest=sha256(data), diff_id=sha256(TAR), size=len(data)))
    assert b"".join(out) == TAR
    assert max(map(len, out)) <= max(MAX_BLOCK, size if kind == "plain" else 0)


def test_sha512_is_verified_too() -> None:
    name = f"sha512:{hashlib.sha512(TAR).hexdigest()}"
    assert b"".join(layer.verified(blocks(TAR), digest=name, diff_id=name)) == TAR
    with pytest.raises(DigestMismatch):
        list(layer.verified(blocks(TAR + b"x"), digest=name, diff_id=name))


@pytest.mark.usefixtures("_gzips")
@pytest.mark.parametrize("kind", STORED)
def test_other_bytes_than_the_digest_says_are_a_mismatch(kind: str) -> None:
    data = STORED[kind]
    with pytest.raises(DigestMismatch, match="Layer 3"):
        list(layer.verified(blocks(data), digest=sha256(b"other"), diff_id=sha256(TAR), size=len(data), name="Layer 3"))
    with pytest.raises(DigestMismatch, match="Layer 3"):
        list(layer.verified(blocks(data), digest=sha256(data), diff_id=sha256(b"other"), size=len(data), name="Layer 3"))


@pytest.mark.usefixtures("_gzips")
@pytest.mark.parametrize("kind", STORED)
@settings(max_examples=25, deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_flipped_bit_is_never_passed_over(kind: str, where: float, flip: int) -> None:
    data = bytearray(STORED[kind])
    data[int(where * len(data))] ^= flip
    with pytest.raises((Corrupt, MalformedImage)):
        list(layer.verified(blocks(bytes(data)), digest=sha256(STORED[kind]), diff_id=sha256(TAR), size=len(data)))


@pytest.mark.usefixtures("_gzips")
@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd"])
@pytest.mark.parametrize("digest", ["known", "unknown"])
@pytest.mark.parametrize("part", [0, 0.0001, 0.5, 0.999])
def test_a_truncated_layer_is_corrupt(kind: str, digest: str, part: float) -> None:
    data = STORED[kind]
    cut = data[: int(len(data) * part)]
    with pytest.raises(Corrupt):
        list(layer.verified(blocks(cut), digest=sha256(data) if digest == "known" else None, diff_id=sha256(TAR), size=len(data)))
    with pytest.raises(Corrupt):
        list(layer.verified(blocks(cut), digest=None, diff_id=sha256(TAR)))


def test_more_bytes_than_the_manifest_says_are_refused_at_once() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield bytes(1000)

    with pytest.raises(Corrupt, match="more bytes than the 5000"):
        list(layer.verified(endless(), digest=sha256(b""), diff_id=sha256(b""), size=5000))


@pytest.mark.usefixtures("_gzips")
@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress])
def test_a_bomb_is_stopped_by_its_ratio(compress: object) -> None:
    bomb = compress(bytes(64 << 20))  # type: ignore[operator]
    count = 0
    with pytest.raises(Corrupt, match="bomb"):
        for block in layer.expanded(blocks(bomb), "Layer 1", free=4 << 20):
            count += len(block)
    assert count <= max(4 << 20, len(bomb) * layer.MAX_RATIO) + MAX_BLOCK
    with pytest.raises(Corrupt, match="bomb"):
        list(layer.expanded(blocks(bomb), "Layer 1", free=1 << 20, limit=2 << 20, ratio=10**9))


def test_what_no_layer_is_compressed_with_is_named() -> None:
    with pytest.raises(MalformedImage, match="xz"):
        list(layer.verified(blocks(b"\xfd7zXZ\x00" + bytes(600)), digest=None, diff_id=sha256(TAR)))
    with pytest.raises(MalformedImage, match="encrypted"):
        list(layer.verified(blocks(TAR), digest=None, diff_id=sha256(TAR), media_type="application/vnd.oci.image.layer.v1.tar+gzip+encrypted"))


def test_a_million_empty_streams_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer, "MAX_FRAMES", 100)
    with pytest.raises(Corrupt, match="100 gzip streams"):
        list(layer.expanded(blocks(gzip.compress(b"") * 200)))


def test_bytes_after_the_stream_are_corrupt() -> None:
    for data in (STORED["gzip"], STORED["zstd"]):
        with pytest.raises(Corrupt, match="other bytes"):
            list(layer.verified(blocks(data + b"evil"), digest=None, diff_id=sha256(TAR)))
