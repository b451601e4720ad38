"""What a `.dockerignore` keeps out of the build, by the reference and moby's `patternmatcher`: the last pattern that matches decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pratique.dockerfile.glob import Masks, Token, ends

MAX_BYTES = 1 << 18
"""Characters of a `.dockerignore` that are read; real ones have some thousand."""
MAX_PATTERNS = 2_000
"""Patterns that are read."""
MAX_PATTERN = 1_024
"""Characters of one pattern; a path has at most 4,096 (PATH_MAX), and nobody writes a long one here."""


class Pattern(NamedTuple):
    """One line."""

    text: str
    """Cleaned: without `!`, without `/` at its ends."""
    tokens: tuple[Token, ...]
    exception: bool = False
    """`!`: what it matches is kept after all."""
    line: int = 0
    literal: bool = False
    """Whether it is a path and nothing else."""
    needle: str = ""
    """Characters that every match contains: asked first, for it is quick."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """The patterns of one file; without any nothing is kept out."""

    patterns: tuple[Pattern, ...] = ()
    faults: tuple[str, ...] = ()
    """What was not read, and why."""

    def ignores(self, path: str) -> bool:
        """Tell whether a file of the context (relative, `/` between folders) is kept out, by its own name or by a folder's above it."""
        kept_out = False
        masks: Masks | None = None
        for pattern in self.patterns:
            if pattern.exception is not kept_out:
                continue  # it could change nothing
            if pattern.literal:
                matched = path == pattern.text or path.startswith(f"{pattern.text}/")
            elif pattern.needle not in path:
                matched = False
            else:
                masks = masks or Masks(path)
                matched = bool(ends(pattern.tokens, masks) & (masks.slashes | 1 << masks.size))
            if matched:
                kept_out = not pattern.exception
        return kept_out


def parse(text: str) -> Ignore:
    """Return the patterns of a `.dockerignore`. Never raises; what is too much is left out, and said."""
    faults: list[str] = []
    if len(text) > MAX_BYTES:
        faults.append(f"the .dockerignore is longer than {MAX_BYTES} characters: the rest was not read")
        text = text[:MAX_BYTES]
    found: list[Pattern] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if line.startswith("#"):
            continue
        written = line.strip()
        exception = written.startswith("!")
        cleaned = _clean(written[exception:].strip())
        if not cleaned:
            continue
        if len(cleaned) > MAX_PATTERN or len(found) >= MAX_PATTERNS:
            faults.append(f"line {number} of the .dockerignore was not read: at most {MAX_PATTERNS} patterns of {MAX_PATTERN} characters are")
            if len(found) >= MAX_PATTERNS:
                break
            continue
        found.append(_compiled(cleaned, exception, number))
    return Ignore(tuple(found), tuple(faults))


def glob(pattern: str, path: str) -> bool:
    """Tell whether a pattern of COPY or `.dockerignore` matches a path as a whole, or a folder above it."""
    compiled = _compiled(_clean(pattern)[:MAX_PATTERN], False, 0)
    masks = Masks(path)
    return bool(ends(compiled.tokens, masks) & (masks.slashes | 1 << masks.size))


def _clean(pattern: str) -> str:
    """Return a pattern as Go's `filepath.Clean` has it, relative to the context."""
    parts: list[str] = []
    for part in pattern.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def _compiled(text: str, exception: bool, line: int) -> Pattern:
    tokens = _tokens(text)
    chunks = "".join(token.text if token.kind == "char" else "\0" for token in tokens).split("\0")
    literal = len(chunks) == 1
    return Pattern(chunks[0] if literal else text, tokens, exception, line, literal, max(chunks, key=len))


def _tokens(text: str) -> tuple[Token, ...]:
    found: list[Token] = []
    at = 0
    while at < len(text):
        char = text[at]
        if text.startswith("**", at):
            at += 2
            if text.startswith("/", at):  # `**/x` is also `x`: everything, and a separator unless nothing comes before
                at += 1
                found.append(Token("folders"))
            else:
                found.append(Token("stars"))
            continue
        if char == "*":
            found.append(Token("star"))
        elif char == "?":
            found.append(Token("any"))
        elif char == "[" and (end := text.find("]", at + 2)) > 0:
            found.append(_set(text[at + 1 : end]))
            at = end
        elif char == "\\" and at + 1 < len(text):
            at += 1
            found.append(Token("char", text[at]))
        else:
            found.append(Token("char", char))
        at += 1
    return tuple(found)


def _set(text: str) -> Token:
    negated = text.startswith("^")
    members = text[negated:]
    pairs: list[str] = []
    at = 0
    while at < len(members):
        low = members[at]
        if members[at + 1 : at + 2] == "-" and at + 2 < len(members):
            pairs += (low, members[at + 2])
            at += 3
        else:
            pairs += (low, low)
            at += 1
    return Token("set", "".join(pairs), negated)


def kept(paths: Sequence[str], ignore: Ignore) -> tuple[str, ...]:
    """Return the files of a context that reach the builder."""
    return tuple(path for path in paths if not ignore.ignores(path))
