r"""Values as JSON text that every reader can take.

JSON can hold control characters (escaped), but not bytes that are no UTF-8: those are shown as `\xff`. DEL, the C1 control characters and what
turns the direction of writing are legal in JSON as they are, yet a terminal obeys them: they are written as `\u` escapes, which changes nothing
for a reader of JSON.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from pratique.model import Report
from pratique.report.text import escape

_SURROGATES = re.compile("[\ud800-\udfff]")
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def json_text(value: object) -> str:
    """Return a tree of msgspec structs and builtins as indented JSON, ending in a line break."""
    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:  # rare: mended only then, and wherever it stands, so that no field can be forgotten
        data = msgspec.json.encode(_mend(msgspec.to_builtins(value)))
    text = msgspec.json.format(data, indent=2).decode() + "\n"
    return _OBEYED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def instant(moment: datetime | None) -> str:
    """Return a moment in UTC to the second (RFC 3339), `2026-11-22T10:30:00Z`; an empty string where there is none."""
    if moment is None:
        return ""
    moment = moment.astimezone(UTC) if moment.tzinfo is not None else moment
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def document_id(report: Report) -> UUID:
    """Return the id of a document (RFC 9562 version 5): the same image at the same time has the same."""
    return uuid5(NAMESPACE_URL, mend(f"{report.image.digest} {instant(report.created)}"))


def mend(text: str) -> str:
    r"""Return a text in which every byte that is not UTF-8 is shown as `\xff`."""
    return text if text.isascii() else _SURROGATES.sub(lambda match: escape(match[0]), text)


def _mend(value: object) -> object:
    match value:
        case str():
            return mend(value)
        case dict():
            return {_mend(key): _mend(item) for key, item in value.items()}
        case list() | tuple():
            return [_mend(item) for item in value]
        case _:
            return value
