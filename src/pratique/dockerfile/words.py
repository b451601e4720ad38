"""How the words of an instruction are told apart: BuildKit's rules (`parser/line_parsers.go`, `shell/lex.go`), which are not a shell's.

Every pattern is linear in the text: no two repetitions can take the same character.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from pratique.dockerfile.syntax import Flag, Heredoc, Pair, Span, Text, Word

SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""White space as Go's `unicode.IsSpace` has it."""
_ASCII_SPACES = "\t\v\f\r "
_SPLIT = re.compile(f"[^{_ASCII_SPACES}]+")
_HEREDOC = re.compile(r"(\d*)<<(-?)([^<]+)\Z")
_FLAG = re.compile(rf"--(?:[^{SPACES}'\"\\]|\\.?|'(?:[^'\\]|\\.)*+'?|\"(?:[^\"\\]|\\.)*+\"?)*+", re.DOTALL)
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_JSON = json.JSONDecoder()
_BALANCED = re.compile(r"(?:[^'\"\\]|\\.?|'[^']*+'|\"(?:[^\"\\]|\\.)*+\")*+", re.DOTALL)
_SPACE = re.compile(f"[{SPACES}]*")


class Problem(NamedTuple):
    """Why a builder would refuse the words."""

    id: str
    message: str


@cache
def _pattern(escape: str) -> re.Pattern[str]:
    """Match one word in which quotes join and the escape takes the next character; in single quotes it takes none."""
    e = re.escape(escape)
    return re.compile(rf"(?:[^{SPACES}'\"{e}]|{e}.?|'[^']*+'?|\"(?:[^\"{e}]|{e}.?)*+\"?)++", re.DOTALL)


@cache
def _quoting(escape: str) -> re.Pattern[str]:
    e = re.escape(escape)
    return re.compile(rf"'([^']*+)'?|\"((?:[^\"{e}]|{e}.?)*+)\"?|{e}(.?)|([^'\"{e}]+)", re.DOTALL)


def _in_double_quotes(match: re.Match[str]) -> str:
    return match[1] if match[1] in {'"', "$", match[0][0]} else match[0]


@cache
def _escaped(escape: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(escape)}(.)", re.DOTALL)


def unquoted(raw: str, escape: str = "\\") -> tuple[str, bool]:
    """Return a word without quotes and escapes, and whether a `$` in it means something."""
    if "'" not in raw and '"' not in raw and escape not in raw:
        return raw, "$" in raw
    parts: list[str] = []
    expands = False
    for single, double, taken, plain in _quoting(escape).findall(raw):
        if double:
            expands = expands or "$" in _escaped(escape).sub("", double)
            double = _escaped(escape).sub(_in_double_quotes, double)
        expands = expands or "$" in plain
        parts += (single, double, taken, plain)
    return "".join(parts), expands


def word(text: Text, start: int, end: int, escape: str) -> Word:
    """Return the characters from `start` up to `end` as a word."""
    raw = text.value[start:end]
    value, expands = unquoted(raw, escape)
    return Word(value, text.span(start, end), raw, expands)


def flags(text: Text, at: int) -> tuple[tuple[Flag, ...], int]:
    """Return the flags that stand at an offset of an instruction's text, and the offset of what follows them."""
    found: list[Flag] = []
    value = text.value
    while value.startswith("--", at):
        match = _FLAG.match(value, at)
        assert match is not None
        at = match.end()
        if match[0] == "--":  # an end of the flags
            break
        plain, _ = unquoted(match[0][2:]) if any(c in match[0] for c in "'\"\\") else (match[0][2:], False)
        name, equals, setting = plain.partition("=")
        found.append(Flag(name, setting if equals else None, text.span(match.start(), at)))
        at = _after_space(value, at)
    return tuple(found), _after_space(value, at)


def _after_space(value: str, at: int) -> int:
    match = _SPACE.match(value, at)
    return at if match is None else match.end()


def spaced(text: Text, escape: str) -> tuple[Word, ...]:
    """Split at white space alone: quotes do not join (FROM, EXPOSE, COPY, VOLUME)."""
    return tuple(word(text, match.start(), match.end(), escape) for match in _SPLIT.finditer(text.value))


def quoted(text: Text, escape: str) -> Iterator[tuple[int, int]]:
    """Yield where each word begins and ends; quotes join (ENV, LABEL, ARG)."""
    value = text.value
    for match in _pattern(escape).finditer(value):
        start, end = match.span()
        if end == len(value) and value.endswith(escape) and (end - start - len(match[0].rstrip(escape))) % 2:
            end -= 1  # an escape that has nothing to escape is no part of the word
        if start < end:
            yield start, end


def whole(text: Text, escape: str) -> tuple[Word, ...]:
    """Return everything as one word, as it is written where a shell reads it."""
    return (word(text, 0, len(text.value), escape),) if text.value else ()


def pairs(text: Text, escape: str, keyword: str) -> tuple[tuple[Pair, ...], Problem | None]:
    """Return the `name=value` pairs of ENV and LABEL, or the one pair of the old form `name value`."""
    bounds = list(quoted(text, escape))
    if not bounds:
        return (), Problem("missing-argument", f"{keyword} needs a name and a value")
    start, end = bounds[0]
    if "=" not in text.value[start:end]:
        match = re.match(rf"([^{_ASCII_SPACES}]*)[{_ASCII_SPACES}]+", text.value)
        if match is None:
            return (), Problem("missing-argument", f"{keyword} needs a value after the name")
        size = len(text.value)
        return (Pair(word(text, *match.span(1), escape), word(text, match.end(), size, escape), text.span(0, size), legacy=True),), None
    found: list[Pair] = []
    for start, end in bounds:
        if "=" not in text.value[start:end]:
            return tuple(found), Problem("no-equals-sign", f"{keyword} has a word without an equals sign: names and values must be name=value")
        found.append(_pair(text, start, end, escape))
    return tuple(found), None


def names(text: Text, escape: str) -> tuple[Pair, ...]:
    """Return the names of ARG, each with its default where it has one."""
    return tuple(_pair(text, start, end, escape) for start, end in quoted(text, escape))


def _pair(text: Text, start: int, end: int, escape: str) -> Pair:
    equals = text.value.find("=", start, end)
    if equals < 0:
        return Pair(word(text, start, end, escape), None, text.span(start, end))
    return Pair(word(text, start, equals, escape), word(text, equals + 1, end, escape), text.span(start, end))


def array(text: Text) -> tuple[tuple[Word, ...] | None, Problem | None]:
    """Return the strings of a JSON array; None where the text is none. What follows the array is not looked at, as builders do not."""
    value = text.value
    if not value.startswith("["):
        return None, None
    try:
        decoded, end = _JSON.raw_decode(value)
    except (ValueError, RecursionError):
        return None, None
    if not all(isinstance(item, str) for item in decoded):
        return None, Problem("not-strings", "the JSON array must hold strings only")
    spans = (text.span(*match.span()) for match in _JSON_STRING.finditer(value, 0, end))
    return tuple(Word(item, span, item, "$" in item) for item, span in zip(decoded, spans, strict=False)), None


def balanced(text: str) -> bool:
    """Tell whether every quote and brace is closed: else builders look for no heredoc in the line."""
    return _BALANCED.fullmatch(text) is not None and ("${" not in text or text.rfind("}") > text.rfind("${"))


def heredocs(text: Text, escape: str = "\\") -> Iterator[Heredoc]:
    """Yield the heredocs that a line opens, without bodies (`parser.ParseHeredoc`): words such as `<<EOF`, `3<<-'EOF'`, never `<<<x` or `a<<b`."""
    for match in _pattern(escape).finditer(text.value):
        if (opened := _HEREDOC.match(match[0])) and "\n" not in opened[3]:
            name, _ = unquoted(opened[3])
            bare = opened[3] == name
            span: Span = text.span(*match.span())
            yield Heredoc(name, Text(""), span, bare, opened[2] == "-", int(opened[1][:3] or 0))
