"""Comments that say what not to object to: ours, hadolint's, BuildKit's.

# pratique ignore=pipe-to-shell,DL3008 the vendor's own installer, reviewed      the instruction below
# pratique global ignore=…                                                       the whole file
# hadolint ignore=…    # hadolint global ignore=…                                the same
# check=skip=StageNameCasing,JSONArgsRecommended                                 the whole file; `all`: every check that BuildKit has too
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pratique.dockerfile.syntax import Comment, Dockerfile, Instruction, Span

_PRAGMA = re.compile(r"(pratique|hadolint)\s+(global\s+)?ignore\s*=\s*([\w.-]+(?:\s*,\s*[\w.-]+)*)(?:[:\s]\s*(.*))?\Z")
_BUILDKIT = re.compile(r"[A-Z][a-z]+(?:[A-Z]+[a-z]*)*\Z|JSONArgsRecommended\Z")
"""What BuildKit's names look like: `StageNameCasing`."""
_HEADING = re.compile(r"(?:pratique|hadolint)\s")


@dataclass(frozen=True, slots=True)
class Pragma:
    """One such comment."""

    names: frozenset[str]
    """Ids and aliases, lower-case; `all` of BuildKit."""
    span: Span | None
    """The instruction it is for; None: the whole file."""
    line: int
    """Where it stands."""
    reason: str = ""
    """What it says after the names."""

    def covers(self, names: Iterable[str], line: int) -> bool:
        """Tell whether an objection by these names on a line is meant."""
        if self.span is not None and not self.span.start.line <= line <= self.span.end.line:
            return False
        named = list(names)
        if "all" in self.names and any(_BUILDKIT.match(name) for name in named):
            return True
        return any(name.lower() in self.names for name in named)


def pragmas(dockerfile: Dockerfile) -> tuple[Pragma, ...]:
    """Return every pragma of a file, those for one instruction and those for all."""
    found: list[Pragma] = []
    check = dockerfile.directive("check")
    if check is not None:
        for setting in check.value.split(";"):
            key, _, value = setting.partition("=")
            if key.strip().lower() == "skip":
                found.append(Pragma(_names(value), None, check.span.start.line, "# check=skip"))
    heads = (_pragma(comment, None) for comment in dockerfile.comments if _HEADING.match(comment.text))
    found += (head[0] for head in heads if head is not None and head[1])
    for instruction in dockerfile.instructions:
        found += (pragma[0] for comment in instruction.comments if (pragma := _pragma(comment, instruction)) is not None and not pragma[1])
    return tuple(found)


def _pragma(comment: Comment, instruction: Instruction | None) -> tuple[Pragma, bool] | None:
    match = _PRAGMA.match(comment.text)
    if match is None:
        return None
    everywhere = bool(match[2])
    span = None if everywhere or instruction is None else instruction.span
    return Pragma(_names(match[3]), span, comment.span.start.line, (match[4] or "").strip()), everywhere


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in text.split(",") if name.strip())
