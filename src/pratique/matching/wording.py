"""What a finding says to its reader: one plain sentence, and what to do next. Advisory texts are strangers' texts: bounded, and without control."""

from __future__ import annotations

import re

from pratique.matching.subject import SYSTEM
from pratique.model import Kind, Package, Status

MAX_MESSAGE = 200
"""Characters of a message: one line of a report, two of a terminal."""
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


def remedy(package: Package, kind: Kind, status: Status, fixed: str) -> str:
    """Return what to do next about a flaw in a package."""
    if kind is Kind.MALWARE:
        return f"Remove {package.full_name}, rebuild, and replace every secret that the image could reach: it is malicious."
    name = package.full_name
    if fixed:
        if package.type in SYSTEM and package.source is not None and package.type != "rpm" and package.source.name != name:
            return f"Upgrade {name} to a build of {package.source.name} {fixed} or later."
        return f"Upgrade {name} to {fixed} or later."
    match status:
        case Status.WONT_FIX:
            return f"The publisher will not fix it: remove {name} if it is not needed, or rebuild on a release that has a fix."
        case Status.POSTPONED:
            return f"The publisher postponed the fix: remove {name} if it is not needed, or weigh the risk until there is one."
        case Status.END_OF_LIFE:
            return f"The publisher supports {name} no longer: replace it, or rebuild on a release that does."
        case Status.UNDETERMINED:
            return "The publisher has not determined whether this release is affected: look at its notes."
        case _:
            return f"No fix is known: remove {name} if it is not needed, or weigh the risk until there is one."
