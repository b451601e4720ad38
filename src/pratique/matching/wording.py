"""Texts of strangers (advisories, names in an image) as a reader may see them: one line, bounded, without control characters."""

from __future__ import annotations

import re

MAX_MESSAGE = 200
"""Characters of a message: one line of a report, two of a terminal."""
MAX_NAME = 100
"""Characters shown of a package's name."""
MAX_NOTE = 500
"""Characters of a publisher's note on the status."""

_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]+"
)
"""Control and format characters: terminal sequences, bidirectional overrides, invisible text."""
_SPACE = re.compile(r"\s+")
_END = re.compile(r"(?<=[a-z0-9)\]`\"'][.!?]) (?=[^a-z])")
"""Where a sentence ends: a stop after a lower-case letter or digit, and then no lower-case letter (`e.g. this`, `Node.js uses` are no ends)."""


def plain(text: str, limit: int) -> str:
    """Return text of a stranger on one line, without control characters, of at most `limit` characters."""
    text = _SPACE.sub(" ", _CONTROL.sub(" ", text[: limit * 8])).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def sentence(summary: str) -> str:
    """Return the first sentence of a summary, bounded to `MAX_MESSAGE` characters."""
    text = plain(summary, MAX_MESSAGE * 4)
    return plain(_END.split(text, maxsplit=1)[0], MAX_MESSAGE)
