"""A `.hadolint.yaml`, so that who comes from hadolint keeps what was decided: https://github.com/hadolint/hadolint#configure.

Read by a reader of our own for the part of YAML that such files use: maps, lists and plain or quoted words. What is beyond it is said, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pratique.dockerfile.build import Rules
from pratique.model import Severity

NAMES = (".hadolint.yaml", ".hadolint.yml")
MAX_BYTES = 1 << 18
"""Characters that are read; real files have some hundred."""
LEVELS = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "info": Severity.LOW, "style": Severity.NEGLIGIBLE}
_LINE = re.compile(r"( *)(- +)?(?:(\"[^\"]*\"|'[^']*'|[^\s#:\"'\[{][^#:]*?)\s*:(?:\s+|\Z))?(.*)\Z")
_KNOWN = frozenset({"ignored", "override", "trustedRegistries", "failure-threshold", "no-fail", "label-schema", "strict-labels"})
_OTHER = frozenset({"format", "no-color", "verbose", "disable-ignore-pragma"})
"""Known there, without a meaning here; but that pragmas can be disabled is honoured."""

Tree = str | list["Tree"] | dict[str, "Tree"]


@dataclass(frozen=True, slots=True)
class Configuration:
    """What such a file decides."""

    ignored: frozenset[str] = frozenset()
    """Lower-case."""
    severities: Mapping[str, Severity] = field(default_factory=dict)
    """By rule, lower-case: what `override` makes of it."""
    threshold: Severity | None = None
    """From which severity on a finding denies; None: nothing is said."""
    never_fails: bool = False
    pragmas: bool = True
    rules: Rules = field(default_factory=Rules)
    faults: tuple[str, ...] = ()
    """What was not understood."""


def parse(text: str) -> Configuration:
    """Return what a file decides. Never raises; what it cannot read is in `faults`."""
    faults: list[str] = []
    if len(text) > MAX_BYTES:
        return Configuration(faults=(f"it is longer than {MAX_BYTES} characters and was not read",))
    try:
        tree = _Reader(text).read()
    except _NotUnderstood as fault:
        return Configuration(faults=(str(fault),))
    faults += (f"{key!r} means nothing here" for key in tree if key not in _KNOWN | _OTHER)
    override = tree.get("override")
    severities = {rule.lower(): level for word, level in LEVELS.items() for rule in _list(override.get(word) if isinstance(override, dict) else None)}
    threshold = tree.get("failure-threshold")
    schema = tree.get("label-schema")
    return Configuration(
        frozenset(rule.lower() for rule in _list(tree.get("ignored"))),
        severities,
        LEVELS.get(threshold) if isinstance(threshold, str) else None,
        tree.get("no-fail") == "true" or threshold in {"none", "ignore"},
        tree.get("disable-ignore-pragma") != "true",
        Rules(
            tuple(_list(tree.get("trustedRegistries"))),
            {key: value for key, value in schema.items() if isinstance(value, str)} if isinstance(schema, dict) else {},
            tree.get("strict-labels") == "true",
        ),
        tuple(faults),
    )


def _list(tree: Tree | None) -> list[str]:
    match tree:
        case list():
            return [item for item in tree if isinstance(item, str)]
        case str() if tree:
            return [tree]
        case _:
            return []


class _NotUnderstood(Exception):
    pass


class _Reader:
    """Reads block maps and lists of at most three levels, and lists in brackets on one line."""

    def __init__(self, text: str) -> None:
        self.lines = list(_lines(text))
        self.at = 0

    def read(self) -> dict[str, Tree]:
        if not self.lines:
            return {}
        tree = self.block(self.lines[0][1], 0)
        if self.at < len(self.lines) or not isinstance(tree, dict):
            raise _NotUnderstood(f"line {self.lines[min(self.at, len(self.lines) - 1)][0]} is not understood")
        return tree

    def block(self, indent: int, depth: int) -> Tree:
        if depth > 4:
            raise _NotUnderstood("it is nested more deeply than such files are")
        number, _, text = self.lines[self.at]
        if text == "-" or text.startswith("- "):
            items: list[Tree] = []
            while self.at < len(self.lines) and self.lines[self.at][1] == indent and (self.lines[self.at][2] + " ").startswith("- "):
                items.append(_scalar(self.lines[self.at][2][2:].strip(), self.lines[self.at][0]))
                self.at += 1
            return items
        found: dict[str, Tree] = {}
        while self.at < len(self.lines) and self.lines[self.at][1] == indent:
            number, _, text = self.lines[self.at]
            match = _LINE.match(text)
            if match is None or match[2] or match[3] is None:
                raise _NotUnderstood(f"line {number} is not understood")
            key = match[3].strip("\"'")
            self.at += 1
            if match[4]:
                found[key] = _scalar(match[4], number)
            elif self.at < len(self.lines) and (
                self.lines[self.at][1] > indent or (self.lines[self.at][1] == indent and (self.lines[self.at][2] + " ").startswith("- "))
            ):
                found[key] = self.block(self.lines[self.at][1], depth + 1)
            else:
                found[key] = ""
        return found


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the number, indentation and text of each line that says something."""
    for number, line in enumerate(text.split("\n"), 1):
        bare = _without_comment(line).rstrip()
        if bare and bare not in {"---", "..."}:
            if "\t" in bare[: len(bare) - len(bare.lstrip())]:
                raise _NotUnderstood(f"line {number} is indented by a tab, which YAML forbids")
            yield number, len(bare) - len(bare.lstrip()), bare.lstrip()


def _without_comment(line: str) -> str:
    quote = ""
    for index, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "#" and (index == 0 or line[index - 1] in " \t"):
            return line[:index]
    return line


def _scalar(text: str, number: int) -> Tree:
    if text.startswith("["):
        if not text.endswith("]"):
            raise _NotUnderstood(f"line {number}: a list in brackets must end on its line")
        return [_plain(part.strip(), number) for part in text[1:-1].split(",") if part.strip()]
    return _plain(text, number)


def _plain(text: str, number: int) -> str:
    if text[:1] in {"{", "&", "*", "!", "|", ">", "[", "%", "@", "`"} and not text.startswith("*."):
        raise _NotUnderstood(f"line {number}: {text[:1]!r} begins what is not read here; use maps, lists and words")
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text.lower() if text.lower() in {"true", "false"} else text
