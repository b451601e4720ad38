"""Replace variables in the words of a Dockerfile, by the reference's "Environment replacement" and BuildKit's `shell/lex.go`.

A value may be unknown: a base image can set what the file does not. Values are bounded, so that an ARG made of ARGs cannot grow without end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from pratique.dockerfile.glob import Masks, Token, ends

MAX_VALUE = 1 << 16
"""Characters of one value; Linux takes 128 KiB as one argument (MAX_ARG_STRLEN)."""
MAX_DEPTH = 16
"""Substitutions within each other: `${a:-${b:-c}}`; people write three."""
MAX_PATTERN = 1 << 8
"""Characters of a text or pattern of `${name#pattern}` that are compared."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]")
_OPERATOR = re.compile(r":[-+?]|[-+?]|##|#|%%|%|//|/")


@dataclass(frozen=True, slots=True)
class Value:
    """A text after substitution. Not known: something in it is set elsewhere, and stands as it is written."""

    text: str
    known: bool = True

    def __str__(self) -> str:
        return self.text


Lookup = Callable[[str], Value | None]
"""Return a variable's value; None where it is surely not set."""


def substitute(raw: str, lookup: Lookup, escape: str = "\\") -> Value:
    """Return a word with variables replaced and quotes removed."""
    if "$" not in raw and "'" not in raw and '"' not in raw and escape not in raw:
        return Value(raw)
    return _Substitution(raw, lookup, escape).word()


@cache
def _plain(escape: str) -> re.Pattern[str]:
    return re.compile(rf"[^$'\"}}{re.escape(escape)}]+")


class _Substitution:
    def __init__(self, raw: str, lookup: Lookup, escape: str) -> None:
        self.raw = raw
        self.lookup = lookup
        self.escape = escape
        self.at = 0
        self.depth = 0

    def word(self, until: str = "", double: bool = False) -> Value:
        """Read up to the end, or the brace that ends a default, or the double quote."""
        parts: list[str] = []
        size = 0
        known = True
        raw = self.raw
        while self.at < len(raw):
            char = raw[self.at]
            if until and char == until:
                break
            if plain := _plain(self.escape).match(raw, self.at):
                part = plain[0]
                self.at = plain.end()
            elif char == "$":
                value = self.dollar()
                part, known = value.text, known and value.known
            elif char == "'" and not double:
                end = raw.find("'", self.at + 1)
                end = len(raw) if end < 0 else end
                part = raw[self.at + 1 : end]
                self.at = end + 1
            elif char == '"' and not double:
                self.at += 1
                value = self.word('"', double=True)
                self.at += 1
                part, known = value.text, known and value.known
            elif char == self.escape:
                taken = raw[self.at + 1 : self.at + 2]
                part = taken if not double or taken in {'"', "$", self.escape} else self.escape + taken
                self.at += 2
            else:
                part = char
                self.at += 1
            size += len(part)
            if size > MAX_VALUE:
                part, known = part[: max(0, len(part) - (size - MAX_VALUE))], False
                size = MAX_VALUE
            parts.append(part)
        return Value("".join(parts), known)

    def dollar(self) -> Value:
        start = self.at
        raw = self.raw
        braced = raw.startswith("${", start)
        name = _NAME.match(raw, start + 1 + braced)
        if name is None:
            self.at = start + 1
            return Value("$", not braced)
        self.at = name.end()
        if not braced:
            return self.asked(name[0], raw[start : self.at])
        if raw.startswith("}", self.at):
            self.at += 1
            return self.asked(name[0], raw[start : self.at])
        operator = _OPERATOR.match(raw, self.at)
        if operator is None or self.depth >= MAX_DEPTH:
            self.at = len(raw)
            return Value(raw[start:], known=False)
        self.at = operator.end()
        self.depth += 1
        operand = self.operand(operator[0])
        self.depth -= 1
        return self.modified(name[0], operator[0], operand, raw[start : self.at])

    def operand(self, operator: str) -> tuple[Value, Value]:
        """Read what follows the operator up to the brace; of `/` the pattern and what replaces it."""
        first = self.pattern() if operator.startswith("/") else self.word("}")
        second = Value("")
        if operator.startswith("/") and self.raw.startswith("/", self.at):
            self.at += 1
            second = self.word("}")
        self.at += 1
        return first, second

    def pattern(self) -> Value:
        """Read a pattern up to the slash or brace that ends it; its escapes stay."""
        start = self.at
        while self.at < len(self.raw) and self.raw[self.at] not in "/}":
            self.at += 2 if self.raw[self.at] == self.escape else 1
        return Value(self.raw[start : self.at])

    def asked(self, name: str, written: str) -> Value:
        value = self.lookup(name)
        if value is None:
            return Value("")
        return value if value.known else Value(written, known=False)

    def modified(self, name: str, operator: str, operand: tuple[Value, Value], written: str) -> Value:
        value = self.lookup(name)
        word = operand[0]
        if value is not None and not value.known:
            return Value(written, known=False)
        unset = value is None or (operator.startswith(":") and not value.text)
        text = "" if value is None else value.text
        match operator[-1]:
            case "-":
                return word if unset else Value(text)
            case "+":
                return Value("") if unset else word
            case "?":
                return Value(text, known=not unset)
        if not word.known or not operand[1].known or len(text) > MAX_PATTERN or len(word.text) > MAX_PATTERN:
            return Value(written, known=False)
        if operator in {"#", "##"}:
            return Value(text[_matched(text, word.text, longest=operator == "##") :])
        if operator in {"%", "%%"}:
            size = _matched(text[::-1], word.text, longest=operator == "%%", backwards=True)
            return Value(text[: len(text) - size])
        return Value(_replaced(text, word.text, operand[1].text, everywhere=operator == "//"))


def _tokens(pattern: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            at += 1
            found.append(Token("char", pattern[at]))
        else:
            found.append(Token({"*": "stars", "?": "every"}.get(char, "char"), char))
        at += 1
    return found


def _matched(text: str, pattern: str, longest: bool, backwards: bool = False) -> int:
    """Return how many of a text's first characters a pattern takes, the most or the fewest; 0 where it does not match."""
    tokens: Sequence[Token] = _tokens(pattern)
    found = ends(tokens[::-1] if backwards else tokens, Masks(text))
    if not found:
        return 0
    return found.bit_length() - 1 if longest else (found & -found).bit_length() - 1


def _replaced(text: str, pattern: str, by: str, everywhere: bool) -> str:
    """Replace the first match, the longest at its place, or each."""
    tokens = _tokens(pattern)
    if not tokens:
        return text
    masks = Masks(text)
    parts: list[str] = []
    at = size = 0
    while at < len(text) and size <= MAX_VALUE:
        found = ends(tokens, masks, 1 << at) & ~(1 << at)
        if not found:
            parts.append(text[at])
            at += 1
            continue
        parts.append(by)
        size += len(by)
        at = found.bit_length() - 1
        if not everywhere:
            break
    return "".join(parts) + text[at:]
