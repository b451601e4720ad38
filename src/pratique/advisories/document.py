"""What publishers send, as bytes: gzip, JSON and zip within limits, and never a web page. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import TypeVar

import msgspec

from pratique.errors import MalformedAdvisory

MIB = 1 << 20
PLAIN_LIMIT = 256 * MIB
"""An unpacked document; the largest known, Debian's tracker, has some 75 MiB."""
MEMBER_LIMIT = 16 * MIB
"""One record in a zip; the largest known has less than 3 MiB."""
MEMBERS_LIMIT = 2_000_000
"""Records in a zip; npm's has some 220,000."""
UNPACKED_LIMIT = 4096 * MIB
"""All records of a zip together."""
QUOTE = 60
"""Characters of a bad document that an error shows."""

T = TypeVar("T")
_HTML = (b"<!doctype", b"<html", b"<head", b"<?xml")


def plain(data: bytes, limit: int = PLAIN_LIMIT) -> bytes:
    """Return a document, unpacked if it is gzip (RFC 1952).

    Raises `MalformedAdvisory` for a truncated or too large one, an empty one and a web page.
    """
    if data[:2] == b"\x1f\x8b":
        data = _gunzip(data, limit)
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        raise MalformedAdvisory("the document is empty", "Fetch it again; if that does not help, tell the publisher or use a mirror (--feeds).")
    if start.startswith(_HTML):
        raise MalformedAdvisory(
            "the answer is a web page, not data", "Look whether a proxy or a login page stands in between, or use a mirror (--feeds)."
        )
    return data


def _gunzip(data: bytes, limit: int) -> bytes:
    """Inflate no more than the trailer promises (ISIZE, RFC 1952 2.3.1): memory is bounded by the smaller of promise and limit."""
    promised = int.from_bytes(data[-4:], "little")
    if promised > limit:
        raise MalformedAdvisory(f"the document unpacks to more than {limit // MIB} MiB", "This is not what the publisher's format looks like.")
    inflater = zlib.decompressobj(wbits=31)
    try:
        unpacked = inflater.decompress(data, promised + 1)
    except zlib.error as error:
        raise MalformedAdvisory(f"the gzip data is damaged: {error}", "Fetch it again.") from None
    if len(unpacked) != promised or not inflater.eof or inflater.unused_data:
        raise MalformedAdvisory("the gzip data is truncated or damaged", "Fetch it again.")
    return unpacked


def decode(data: bytes | msgspec.Raw, kind: type[T], strict: bool = True) -> T:
    """Decode JSON (RFC 8259) as `kind`. Raises `ValueError` with one line for anything else, however deep it is nested."""
    try:
        return msgspec.json.decode(data, type=kind, strict=strict)
    except RecursionError:
        raise ValueError("JSON nested too deep") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None


def whole(data: bytes, kind: type[T], what: str) -> T:
    """Decode a document that is one JSON value. Raises `MalformedAdvisory` saying that it is not `what`."""
    try:
        return decode(data, kind)
    except ValueError as error:
        start = data[:QUOTE].decode("utf-8", "replace")
        raise MalformedAdvisory(f"this is not {what}: {error} (it begins with {start!r})", "Fetch it again.") from None


def members(data: bytes, suffix: str = ".json") -> Iterator[tuple[str, bytes | str]]:
    """Yield name and content of each member of a zip whose name ends so; for one that cannot be read, the reason as `str`.

    Names are names only: nothing is written under them. Raises `MalformedAdvisory` for what is no whole zip, and beyond a limit.
    """
    import zipfile

    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError) as error:
        raise MalformedAdvisory(f"the zip is damaged or truncated: {error}", "Fetch it again.") from None
    with archive:
        entries = archive.infolist()
        if len(entries) > MEMBERS_LIMIT:
            raise MalformedAdvisory(f"the zip has more than {MEMBERS_LIMIT:,} members", "This is not what the publisher's format looks like.")
        left = UNPACKED_LIMIT
        for entry in entries:
            if entry.is_dir() or not entry.filename.endswith(suffix):
                continue
            try:
                with archive.open(entry) as member:
                    content = member.read(min(MEMBER_LIMIT, left) + 1)  # what is read is counted, not what the directory claims
            except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
                yield entry.filename, f"cannot be unpacked: {error}"
                continue
            left -= len(content)
            if left < 0:
                raise MalformedAdvisory(
                    f"the zip unpacks to more than {UNPACKED_LIMIT // MIB} MiB", "This is not what the publisher's format looks like."
                )
            if len(content) > MEMBER_LIMIT:
                yield entry.filename, f"is larger than {MEMBER_LIMIT // MIB} MiB"
                continue
            yield entry.filename, content
