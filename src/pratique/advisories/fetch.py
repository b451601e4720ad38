"""The one door to publishers: conditional GET into the data directory, within limits. What arrives is named by its sha256."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pratique.errors import Corrupt, FeedUnreachable, InvalidInput, PratiqueError, Refused

if TYPE_CHECKING:
    import httpx2

MIB = 1 << 20
SIZE_LIMIT = 1024 * MIB
"""A partition as it is sent; the largest known (npm of OSV) has some 200 MiB."""
ATTEMPTS = 3
CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
WHOLE_SECONDS = 1800.0
"""A server that sends a byte now and then must not hold a scan for ever."""
LONGEST_WAIT = 10.0
"""Seconds to wait before another attempt, also where the server asks for more."""
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
REMEDY = "Look at the network or the proxy (HTTPS_PROXY), use a mirror (--feeds), or scan with what is stored (--offline)."


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document that arrived whole: its file, named by its sha256, and what the server said of it."""

    path: Path
    sha256: str
    url: str
    etag: str = ""
    last_modified: str = ""


class Fetch(Protocol):
    """How a document is fetched; tests give their own."""

    def __call__(self, url: str, into: Path, etag: str = "", last_modified: str = "") -> Fetched | None:
        """Return the document, or `None` where it is unchanged."""


def fetch(
    url: str, into: Path, etag: str = "", last_modified: str = "", *, limit: int = SIZE_LIMIT, sleep: Callable[[float], None] = time.sleep
) -> Fetched | None:
    """GET a document into the folder `into`; `None` where it is unchanged since `etag` or `last_modified` (RFC 9110, 13).

    Raises `InvalidInput` for an address that is none, `FeedUnreachable` after some attempts, `Refused` where the server does not give it,
    `Corrupt` beyond the limit.
    """
    import httpx2

    if not url.startswith(("https://", "http://")):
        raise InvalidInput(f"{url[:100]!r} is no http(s) address", "Give a folder or an address that begins with https://.")
    conditions = {name: value for name, value in (("If-None-Match", etag), ("If-Modified-Since", last_modified)) if value}
    headers = {"User-Agent": "pratique", "Accept-Encoding": "identity", **conditions}
    timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    try:
        with httpx2.Client(follow_redirects=True, max_redirects=5, timeout=timeout, headers=headers) as client:
            return _attempts(client, url, into, limit, sleep)
    except httpx2.InvalidURL as error:
        raise InvalidInput(f"{url[:100]!r} is no address: {error}", "Give a folder or an address that begins with https://.") from None


def _attempts(client: httpx2.Client, url: str, into: Path, limit: int, sleep: Callable[[float], None]) -> Fetched | None:
    import httpx2

    reason = ""
    for attempt in range(ATTEMPTS):
        wait = float(2**attempt)
        try:
            with client.stream("GET", url) as response:
                if response.status_code == 304:
                    return None
                if response.status_code == 200:
                    return _receive(response, url, into, limit)
                if response.status_code not in AGAIN:
                    raise Refused(
                        f"{url} answers {response.status_code} {response.reason_phrase}",
                        "The publisher may have moved it; or give a mirror (--feeds).",
                    )
                reason = f"it answers {response.status_code} {response.reason_phrase}"
                wait = _asked(response.headers.get("Retry-After", ""), wait)
        except httpx2.ConnectError as error:
            raise FeedUnreachable(f"{url} cannot be reached: {error}", REMEDY) from None
        except httpx2.HTTPError as error:
            reason = str(error) or type(error).__name__
        except _Short as error:
            reason = str(error)
        if attempt + 1 < ATTEMPTS:
            sleep(min(wait, LONGEST_WAIT))
    raise FeedUnreachable(f"{url} could not be fetched in {ATTEMPTS} attempts: {reason}", REMEDY)


class _Short(Exception):
    """Fewer bytes came than were promised."""


def _asked(header: str, otherwise: float) -> float:
    return float(header) if header.isdecimal() else otherwise


def _receive(response: httpx2.Response, url: str, into: Path, limit: int) -> Fetched:
    promised = response.headers.get("Content-Length", "")
    if promised.isdecimal() and int(promised) > limit:
        raise _too_large(url, limit)
    if response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "text/html":
        raise Corrupt(
            f"{url} answers with a web page, not with data", "Look whether a proxy or a login page stands in between, or use a mirror (--feeds)."
        )
    deadline = time.monotonic() + WHOLE_SECONDS

    def blocks() -> Iterator[bytes]:
        received = 0
        for block in response.iter_raw(1 << 18):
            received += len(block)
            if received > limit:
                raise _too_large(url, limit)
            if time.monotonic() > deadline:
                raise FeedUnreachable(f"{url} sends too slowly: {received // MIB} MiB in {WHOLE_SECONDS / 60:.0f} minutes", REMEDY)
            yield block
        if promised.isdecimal() and received != int(promised):
            raise _Short(f"{received:,} of {int(promised):,} bytes arrived")

    path, sha256 = keep(blocks(), into)
    return Fetched(path, sha256, url, response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))


def _too_large(url: str, limit: int) -> PratiqueError:
    return Corrupt(f"{url} sends more than {limit // MIB} MiB", "This is not what the publisher's data looks like; use a mirror (--feeds).")


def keep(blocks: Iterator[bytes], into: Path) -> tuple[Path, str]:
    """Write blocks to a file named by their sha256; until all are there, it is a temporary one. Returns path and digest (hexadecimal).

    Raises what `blocks` raises, and `InvalidInput` where the folder cannot be written.
    """
    digest = hashlib.sha256()
    with _writing(into):
        into.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".incoming-", dir=into)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb", buffering=0) as file:
            for block in blocks:
                digest.update(block)
                with _writing(into):
                    view = memoryview(block)
                    while view:
                        view = view[file.write(view) :]
        path = into / digest.hexdigest()
        with _writing(into):
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path, digest.hexdigest()


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be written: {error.strerror}", "Make room there, or give another data directory (--data).") from None
