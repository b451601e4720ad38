"""The order of Maven versions (https://maven.apache.org/pom.html#version-order-specification; `ComparableVersion` of Maven 3.9).

A version is a list of numbers and qualifiers; a hyphen, or the step between digits and letters, begins a list inside the list. The shorter list is
filled up with nothing, which lies between the qualifiers of what comes before a release and those of what comes after.

Maven's comparison is no order for some versions that nobody publishes: `1.final.1 < 1-alpha < 1 < 1.final.1`. It is followed there too.
"""

from __future__ import annotations

from functools import total_ordering
from itertools import zip_longest

MAX_LENGTH = 200
"""Characters: real versions have up to some 60. Bounds the depth of the lists."""

Qualifier = tuple[int, str]
Item = int | Qualifier | list["Item"]

_QUALIFIERS = {"alpha": 0, "beta": 1, "milestone": 2, "rc": 3, "cr": 3, "snapshot": 4, "": 5, "ga": 5, "final": 5, "release": 5, "sp": 6}
_UNKNOWN = 7
"""Other words come after the release, by their letters."""
_RELEASE: Qualifier = (_QUALIFIERS[""], "")
_SHORT = {"a": "alpha", "b": "beta", "m": "milestone"}
"""What one letter means when a digit follows."""


@total_ordering
class MavenVersion:
    """A version that compares as Maven compares. Raises `ValueError` for what cannot be one: empty, too long, or with an unresolved property."""

    __slots__ = ("_items",)

    def __init__(self, version: str) -> None:
        text = version.strip()
        if not text or len(text) > MAX_LENGTH or not text.isascii() or not text.isprintable() or set(text) & set(" ${}[](),/\\"):
            raise ValueError(f"not a Maven version: {version[:80]!r}")
        self._items = _parse(text.lower())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MavenVersion) and _compare(self._items, other._items) == 0

    def __lt__(self, other: MavenVersion) -> bool:
        return _compare(self._items, other._items) < 0

    __hash__ = None  # type: ignore[assignment]  # equal versions may be written with different items

    def __repr__(self) -> str:
        return f"MavenVersion({self._items})"


def _parse(text: str) -> list[Item]:
    """Split into tokens, build the nested lists, then drop what means nothing from the end of each, the innermost first."""
    top: list[Item] = []
    lists = [top]
    start = 0
    digits = False

    def add(word: str, number: bool, followed: bool = False) -> None:
        lists[-1].append((int(word) if number else _qualifier(word, followed)) if word else 0)

    def deepen() -> None:
        inner: list[Item] = []
        lists[-1].append(inner)
        lists.append(inner)

    for position, sign in enumerate(text):
        if sign in ".-":
            add(text[start:position], digits)
            start = position + 1
            if sign == "-":
                deepen()
        elif sign.isdigit():
            if not digits and position > start:
                if lists[-1]:  # a qualifier with a number always stands in a list of its own: 1.x1 is 1-x1
                    deepen()
                add(text[start:position], False, followed=True)
                start = position
                deepen()
            digits = True
        else:
            if digits and position > start:
                add(text[start:position], True)
                start = position
                deepen()
            digits = False
    if len(text) > start:
        if not digits and lists[-1]:
            deepen()
        add(text[start:], digits)
    for items in reversed(lists):
        _normalise(items)
    return top


def _qualifier(word: str, followed: bool) -> Qualifier:
    word = _SHORT.get(word, word) if followed else word
    rank = _QUALIFIERS.get(word, _UNKNOWN)
    return rank, word if rank == _UNKNOWN else ""


def _normalise(items: list[Item]) -> None:
    """Drop zeros, empty qualifiers and empty lists from the end; a list that remains does not stop it."""
    for index in range(len(items) - 1, -1, -1):
        item = items[index]
        if item == 0 or item == _RELEASE or item == []:
            del items[index]
        elif not isinstance(item, list):
            break


def _compare(left: Item | None, right: Item | None) -> int:
    """Compare two items, None being nothing: below 0, 0 or above 0. Qualifiers < lists < numbers."""
    if left is None:
        return 0 if right is None else -_compare(right, None)
    if isinstance(left, list):
        if right is None:
            return next((result for item in left if (result := _compare(item, None))), 0)
        if isinstance(right, list):
            return next((result for a, b in zip_longest(left, right) if (result := _compare(a, b))), 0)
        return -1 if isinstance(right, int) else 1
    if isinstance(left, int):
        if right is None or isinstance(right, int):
            return (left > (right or 0)) - (left < (right or 0))
        return 1
    if right is None or isinstance(right, tuple):
        other = _RELEASE if right is None else right
        return (left > other) - (left < other)
    return -1
