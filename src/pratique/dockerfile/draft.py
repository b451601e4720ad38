"""A command that is still being read, and how it becomes one that is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pratique.dockerfile.command import Assignment, Command, Redirect
from pratique.dockerfile.prefix import Invocation, invocation
from pratique.dockerfile.syntax import Position, Span, Text, Word

MAX_READERS = 16
"""Commands of a group that are said to read a pipe: more would make the pairs quadratic."""


class Cut(Exception):
    """A bound was reached."""


@dataclass(slots=True, eq=False)
class Draft:
    """A command that is still being read."""

    after: str
    depth: int
    start: int
    end: int = 0
    words: list[Word] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    """What each word's characters are after quote removal, with their places."""
    read: list[dict[int, int]] = field(default_factory=list)
    """Of each word: where a substitution begins and ends whose commands were read."""
    assignments: list[Assignment] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)
    readers: Sequence[Draft] = ()
    inner: list[Draft] = field(default_factory=list)
    negated: bool = False
    span: Span | None = None
    seen: Invocation = field(default_factory=lambda: Invocation("", 0, ()))
    made: Command | None = None


def joined_read(texts: Sequence[Text], read: Sequence[dict[int, int]]) -> dict[int, int]:
    """Return where in the joined texts the substitutions are that were read."""
    found: dict[int, int] = {}
    size = 0
    for text, ranges in zip(texts, read, strict=True):
        found |= {size + start: size + end for start, end in ranges.items()}
        size += len(text.value) + 1
    return found


def joined(texts: Sequence[Text], by: str = " ") -> Text:
    """Return texts as one that still knows its places."""
    if len(texts) == 1:
        return texts[0]
    starts: list[int] = []
    places: list[Position] = []
    size = 0
    for text in texts:
        starts += [size + start for start in text.starts]
        places += text.places
        size += len(text.value) + 1
    return Text(by.join(text.value for text in texts), tuple(starts), tuple(places))


def commands(drafts: Sequence[Draft]) -> tuple[Command, ...]:
    """Freeze the drafts, the last first: whatever a command points to begins after it."""
    for draft in reversed(drafts):
        seen = draft.seen if draft.seen.program else invocation([word.text for word in draft.words])  # one that was cut was not finished
        assert draft.span is not None
        readers = tuple(reader.made for reader in draft.readers[:MAX_READERS] if reader.made is not None)
        draft.made = Command(
            program=seen.program,
            arguments=tuple(draft.words[seen.at + 1 :]),
            span=draft.span,
            head=draft.words[seen.at] if seen.program else None,
            via=seen.via,
            assignments=tuple(draft.assignments),
            redirects=tuple(draft.redirects),
            pipes_to=readers,
            inner=tuple(one.made for one in draft.inner if one.made is not None),
            after=draft.after,
            depth=draft.depth,
            negated=draft.negated,
        )
    return tuple(draft.made for draft in drafts if draft.made is not None)
