"""What every analyser says, in one shape; and how files of results are read: whole or with a clear error, never in part."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import NamedTuple, TypeVar
from urllib.parse import unquote, urlsplit

import msgspec

from pratique.errors import InvalidInput
from pratique.model import Confidence, Severity

MAX_SIZE = 128 << 20
"""Bytes of a file of results. The largest known, of a monorepo, has some 40 MB."""
MAX_RESULTS = 100_000
"""Results of one file or run: nobody reads more, and each is held in memory."""
MAX_MESSAGE = 2_000
"""Characters of a message that are kept."""

T = TypeVar("T")
_CWE = re.compile(r"cwe[-_/ :]{0,2}0*(\d{1,5})\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Result(NamedTuple):
    """One thing an analyser objects to."""

    rule: str
    """With the tool before it: `bandit:B602`."""
    path: str
    """As the analyser names it: a path of the scratch folder, or of where the code once lay."""
    line: int | None
    message: str
    severity: Severity
    confidence: Confidence = Confidence.MEDIUM
    weaknesses: tuple[str, ...] = ()
    """`CWE-78`."""
    remedy: str = ""
    suppressed: str = ""
    """Why the tool itself does not count it."""


def weaknesses(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the CWE ids that are named in texts (`external/cwe/cwe-078`, `CWE-78: …`), each once."""
    return tuple(dict.fromkeys(f"CWE-{found[1]}" for text in texts for found in _CWE.finditer(text)))


def path(uri: str) -> str:
    """Return the path of a file URI or path (RFC 3986; RFC 8089), relative, without `.` and `..`."""
    split = urlsplit(uri) if uri.startswith("file:") else None
    text = unquote(split.path) if split is not None else unquote(uri) if "%" in uri else uri
    cleaned = posixpath.normpath("/" + text.replace("\\", "/")).lstrip("/")
    return re.sub(r"[\x00-\x1f\x7f]", "�", cleaned)


def message(text: str) -> str:
    """Return a message in one paragraph, without control characters, cut where it is longer than anyone reads."""
    words = " ".join(_CONTROL.sub(" ", text[: 4 * MAX_MESSAGE]).split())
    return words if len(words) <= MAX_MESSAGE else words[: MAX_MESSAGE - 1] + "…"


def tool(name: str) -> str:
    """Return the name of a tool as it stands before its rules: `semgrep`, `codeql`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "sarif"


def decode(data: bytes, shape: type[T], what: str) -> T:
    """Decode JSON of a known shape. Raises `InvalidInput` that says what is wrong with it."""
    if len(data) > MAX_SIZE:
        raise InvalidInput(f"{what} has {len(data) >> 20} MiB; up to {MAX_SIZE >> 20} are read.", "Split it, or leave out what is not of this image.")
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise InvalidInput(f"{what} cannot be read: {fault}.", "Check that it is the tool's JSON output, and whole.") from None
    except RecursionError:
        raise InvalidInput(f"{what} is nested deeper than can be read.", "Check that it is the tool's JSON output.") from None


def bounded(results: list[Result], what: str) -> list[Result]:
    """Return results that are not too many. Raises `InvalidInput`."""
    if len(results) > MAX_RESULTS:
        raise InvalidInput(f"{what} holds {len(results)} results; up to {MAX_RESULTS} are read.", "Leave out rules or folders, and try again.")
    return results
