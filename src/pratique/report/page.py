"""A page of a terminal: lines of styled text, never wider than it, in which nothing but our own colours is an escape sequence (ECMA-48 SGR)."""

from __future__ import annotations

from pratique.model import Severity
from pratique.report.text import clip, columns, visible

Part = str | tuple[str, str]
"""A text, or a text and the name of its style."""

_SGR = {
    "title": "1",
    "dim": "2",
    "bad": "1;31",
    "warn": "33",
    "good": "32",
    "fix": "1",
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
    "negligible": "2",
    "unknown": "35",
}


class Page:
    """Makes lines of at most `width` columns."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width = max(1, width)
        self.colour = colour

    def line(self, *parts: Part) -> str:
        """Return one line of the parts, each made visible, the last ones clipped to fit."""
        left = self.width
        shown: list[tuple[str, str]] = []
        for part in parts:
            text, style = (part, "") if isinstance(part, str) else part
            text = clip(visible(text), left)
            shown.append((text, style))
            left -= columns(text)
            if left <= 0:
                break
        while shown and not shown[-1][0].rstrip(" "):
            shown.pop()
        if shown:
            shown[-1] = (shown[-1][0].rstrip(" "), shown[-1][1])
        if not self.colour:
            return "".join(text for text, _ in shown) + "\n"
        return "".join(f"\x1b[{_SGR[style]}m{text}\x1b[0m" if style and text else text for text, style in shown) + "\n"


def severity_part(severity: Severity, width: int = 10) -> Part:
    """Return the word of a severity in its colour."""
    return severity.name.ljust(width), severity.word
