"""A layer's stored bytes become its tar: decompressed by what they are, both digests compared while they pass.

gzip: RFC 1952 (several members make one stream); Zstandard: RFC 8878 (several frames, skippable frames); media types: OCI image-spec `layer.md`
and Docker's `image manifest v2 schema 2`. Nothing is kept: a block comes in, blocks of at most `MAX_BLOCK` go out.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, cast

from pratique.errors import Corrupt, DigestMismatch, MalformedImage
from pratique.image.source import MAX_BLOCK

if TYPE_CHECKING:
    from hashlib import _Hash

MAX_TAR = 64 << 30
"""Bytes that one layer may expand to. The largest published images are some 30 GiB in all."""
MAX_RATIO = 300
"""Expansion beyond `FREE_SIZE`: file systems compress 2 to 10 fold, a gzip bomb 1,000 fold, a Zstandard one 30,000 fold."""
FREE_SIZE = 1 << 30
"""Bytes that may come out whatever the ratio: a layer of zeros is odd, but this much of it hurts nobody."""

MAX_FRAMES = 1 << 20
"""gzip members or Zstandard frames of one layer. eStargz writes one a file; a million empty ones only burn time."""

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"
"""The last three bytes of a skippable frame's magic number (RFC 8878, 3.1.2); the first is 0x50 to 0x5f."""
_OTHERS = {b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x04\x22\x4d\x18": "lz4", b"PK\x03\x04": "zip"}

TAR_TYPES = (
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
    "application/vnd.docker.container.image.rootfs.diff+x-gtar",
)
COMPRESSIONS = ("", "+gzip", "+zstd", ".gzip", ".zstd")


class Undecodable(Corrupt):
    """Bytes that are not the compressed stream they begin as."""


class Decompressor(Protocol):
    """What zlib, isal and zstd have in common once wrapped; `decompress(b"")` continues while `needs_input` is False."""

    @property
    def eof(self) -> bool:
        """Whether the member or frame has ended."""
        ...

    @property
    def needs_input(self) -> bool:
        """Whether `decompress(b"")` has nothing more to give."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What came after the end."""
        ...

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        """Return at most `max_length` bytes."""
        ...


def is_tar_type(media_type: str) -> bool:
    """Whether a media type is that of a file system layer, compressed as this module can undo; an empty one may be."""
    return not media_type or any(media_type.startswith(known) and media_type[len(known) :] in COMPRESSIONS for known in TAR_TYPES)


def verified(
    blocks: Iterator[bytes], *, digest: str | None, diff_id: str, media_type: str = "", size: int | None = None, name: str = ""
) -> Iterator[bytes]:
    """Yield the tar in the stored `blocks`; after the last one both digests have been compared.

    `digest`, `size`: of the stored bytes, None where the image does not tell. Raises `DigestMismatch`, `Corrupt`, `MalformedImage`.
    """
    if not is_tar_type(media_type):
        raise MalformedImage(f"{name} has the media type {media_type!r}, which is no file system.", "Ask for an image, not another kind of artefact.")
    first = _next_full(blocks)
    plain = compression(first, name) == ""
    stored = None if digest is None or (plain and digest == diff_id) else hasher(digest, name)
    tar = hasher(diff_id, name)
    passed = _passed(first, blocks, stored, size, name)
    update = tar.update
    try:
        for block in passed if plain else expanded(passed, name):
            update(block)
            yield block
    except Undecodable:
        if stored is not None:  # then the blob's digest tells whether it was damaged on the way or made so
            for _ in passed:
                pass
            compare(stored, digest or "", f"{name} (it cannot be decompressed either)")
        raise
    if stored is not None:
        for _ in passed:
            pass
        compare(stored, digest or "", f"{name}, as stored,")
    compare(tar, diff_id, f"{name}, decompressed,")


def compression(head: bytes, name: str = "") -> str:
    """Return `gzip`, `zstd` or the empty string for plain bytes. Raises `MalformedImage` for compressions that no layer may have."""
    if head[:2] == GZIP:
        return "gzip"
    if head[:4] == ZSTD or (head[1:4] == _SKIPPABLE and 0x50 <= head[0] <= 0x5F):
        return "zstd"
    for magic, other in _OTHERS.items():
        if head.startswith(magic) and head[257:262] != b"ustar":
            raise MalformedImage(
                f"{name} is compressed with {other}, which image layers cannot be.", "Save the image again with gzip, zstd or no compression."
            )
    return ""


def expanded(blocks: Iterator[bytes], name: str = "", *, limit: int = MAX_TAR, ratio: int = MAX_RATIO, free: int = FREE_SIZE) -> Iterator[bytes]:
    """Yield what gzip or zstd `blocks` expand to, within the limits. Raises `Corrupt`."""
    data = next(blocks, b"")
    kind = compression(data, name)
    new = _gzip if kind == "gzip" else _zstd
    decompressor = new()
    faults = (zlib.error, EOFError, ValueError, *_errors())
    taken, given, frames = len(data), 0, 1
    begun = True
    while True:
        try:
            while True:
                block = decompressor.decompress(data, MAX_BLOCK)
                if block:
                    given += len(block)
                    if given > free and (given > limit or given > taken * ratio):
                        raise Corrupt(
                            f"{name} expands to more than {_mib(min(limit, max(free, taken * ratio)))} from {_mib(taken)}: a decompression bomb.",
                            "Do not run this image. If it is yours, find the layer that holds gigabytes of nothing.",
                        )
                    yield block
                if decompressor.eof or decompressor.needs_input:
                    break
                data = b""
        except faults as error:
            raise Undecodable(
                f"{name} cannot be decompressed ({kind}) after {taken} bytes: {error}.", "Pull, copy or save the image again."
            ) from None
        data = decompressor.unused_data if decompressor.eof else b""
        if decompressor.eof:
            begun = False
        while len(data) < (1 if begun else 4):
            more = next(blocks, None)
            if more is None:
                break
            taken += len(more)
            data += more
        if begun and not data:
            raise Corrupt(f"{name} ends in the middle of its {kind} stream, after {taken} bytes.", "Pull, copy or save the image again.")
        if not begun:
            if not data.strip(b"\0"):
                if not data:
                    return
                data = b""
                if all(not more.strip(b"\0") for more in blocks):
                    return
                raise Corrupt(f"{name} has other bytes after its {kind} stream.", "Pull, copy or save the image again.")
            if compression(data, name) != kind:
                raise Corrupt(f"{name} has other bytes after its {kind} stream.", "Pull, copy or save the image again.")
            frames += 1
            if frames > MAX_FRAMES:
                raise Corrupt(f"{name} has more than {MAX_FRAMES} {kind} streams in a row.", "No tool writes such a layer; do not run this image.")
            decompressor, begun = new(), True


def hasher(digest: str, name: str = "") -> _Hash:
    """Return a new hash of the algorithm of a digest. Raises `MalformedImage` for one that cannot be verified here."""
    algorithm = digest.partition(":")[0]
    if algorithm not in {"sha256", "sha512"}:
        raise MalformedImage(f"{name} has a digest that cannot be verified here: {digest[:80]!r}.", "Digests must be sha256 or sha512.")
    return hashlib.new(algorithm)


def compare(actual: _Hash, digest: str, name: str) -> None:
    """Raise `DigestMismatch` unless the hash is that of the digest."""
    if actual.hexdigest() != digest.partition(":")[2]:
        raise DigestMismatch(
            f"{name} is not what its digest says: {digest} was expected, {actual.name}:{actual.hexdigest()} was read.",
            "Pull, copy or save the image again; if it stays so, it was altered.",
        )


def check(data: bytes, digest: str, name: str) -> bytes:
    """Return the bytes if they are what the digest says. Raises `DigestMismatch`."""
    actual = hasher(digest, name)
    actual.update(data)
    compare(actual, digest, name)
    return data


def _next_full(blocks: Iterator[bytes]) -> bytes:
    """Return the first bytes, enough to tell what they are."""
    data = b""
    while len(data) < 512:
        more = next(blocks, None)
        if more is None:
            break
        data = data + more if data else more
    return data


def _passed(first: bytes, blocks: Iterator[bytes], stored: _Hash | None, size: int | None, name: str) -> Iterator[bytes]:
    """Yield the stored blocks, counted and hashed."""
    count = 0
    block: bytes | None = first
    while block is not None:
        count += len(block)
        if size is not None and count > size:
            raise Corrupt(f"{name} has more bytes than the {size} its manifest says.", "Pull, copy or save the image again.")
        if stored is not None:
            stored.update(block)
        yield block
        block = next(blocks, None)
    if size is not None and count < size:
        raise Corrupt(f"{name} ends after {count} of {size} bytes.", "Pull, copy or save the image again.")


def _gzip() -> Decompressor:
    try:
        from isal.igzip_lib import DECOMP_GZIP, IgzipDecompressor
    except ImportError:
        return Zlib()
    decompressor: Decompressor = IgzipDecompressor(flag=DECOMP_GZIP)
    return decompressor


def _zstd() -> Decompressor:
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]  # Python 3.14
    except ImportError:
        from backports import zstd
    decompressor: Decompressor = zstd.ZstdDecompressor()
    return decompressor


def _errors() -> tuple[type[Exception], type[Exception]]:
    """Return the errors of the decompressors that are here."""
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]  # Python 3.14
    except ImportError:
        from backports import zstd
    try:
        from isal.isal_zlib import error as isal_error
    except ImportError:
        return (zlib.error, zstd.ZstdError)
    return (cast("type[Exception]", isal_error), zstd.ZstdError)


class Zlib:
    """The standard library's gzip decompressor with the face of the others."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        """Whether the member has ended."""
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        """Whether `decompress(b"")` has nothing more to give."""
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """What came after the member's end."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        """Return at most `max_length` bytes."""
        return self._inner.decompress(data or self._inner.unconsumed_tail, max(max_length, 0))


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.0f} MiB" if size >= 1 << 20 else f"{size} bytes"
