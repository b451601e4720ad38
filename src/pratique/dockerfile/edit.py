"""A change to a Dockerfile as data: what stands in a span becomes another text."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pratique.dockerfile.syntax import Position, Span


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the characters of a span; an empty span inserts, an empty text deletes."""

    span: Span
    text: str


def insert(at: Position, text: str) -> Edit:
    """Return an edit that puts a text before a place."""
    return Edit(Span(at, at), text)


def apply(lines: Sequence[str], edits: Iterable[Edit]) -> tuple[str, ...]:
    """Return the lines with all edits made. One that overlaps an earlier one, or lies outside of the lines, is left out."""
    done = list(lines)
    last: Position | None = None
    for edit in sorted(set(edits), key=lambda edit: edit.span, reverse=True):
        (line, column), (end_line, end_column) = edit.span.start, edit.span.end
        if not 1 <= line <= end_line <= len(lines) or edit.span.end < edit.span.start or (last is not None and edit.span.end > last):
            continue
        head, tail = done[line - 1][: column - 1], done[end_line - 1][end_column - 1 :]
        done[line - 1 : end_line] = (head + edit.text + tail).split("\n")
        last = edit.span.start
    return tuple(done)


def diff(before: Sequence[str], after: Sequence[str], name: str) -> str:
    """Return the change as a unified diff; empty where there is none."""
    lines = difflib.unified_diff([f"{line}\n" for line in before], [f"{line}\n" for line in after], f"a/{name}", f"b/{name}")
    return "".join(lines)
