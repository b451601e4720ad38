"""A declared licence, in whatever words, becomes an SPDX licence expression (SPDX 2.3, annex D)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from pratique.formats.licence_names import exception, exception_name, licence, named

MAX_TEXT = 16_384
"""Characters read: some packages declare the licence's whole text; long RPM expressions have some 2,000."""
MAX_NAME = 200
"""A name longer than this is no name but wording."""
MAX_DEPTH = 32
"""Nested parentheses: real expressions have two or three."""
WRITTEN_DEPTH = 4 * MAX_DEPTH
"""The same for valid expressions: what we write of the others has more parentheses, and is read again."""
MAX_REFERENCE = 64
"""Characters of a `LicenseRef-`: a name that is readable in a table."""

NOTHING = frozenset({"", "unknown", "none", "noassertion", "n/a", "null", "-", "undefined", "unspecified", "not specified"})
"""What says that nothing was declared."""

Term = str | tuple[str, tuple["Term", ...]]
"""An identifier, or an operator with its operands."""


def expression(text: str) -> str:
    """Return a valid SPDX licence expression for a declared licence; empty where none is declared.

    What cannot be mapped becomes `LicenseRef-…`. Idempotent. Raises nothing.
    """
    return _expression(text[:MAX_TEXT])


def conjunction(texts: Iterable[str]) -> str:
    """Join declared licences that all apply (several classifiers, the stanzas of a copyright file) into one expression."""
    terms = [term for text in texts if (valid := expression(text)) and (term := _parse_valid(valid)) is not None]
    return _write(_join("AND", terms)) if terms else ""


@lru_cache(maxsize=4096)
def _expression(text: str) -> str:
    first, newline, _ = text.strip().partition("\n")
    text = " ".join(text.split()).strip('" ')
    if text.casefold() in NOTHING:
        return ""
    if (term := _parse_valid(text)) is not None:
        return _write(term)
    if "::" in text:  # a trove classifier: its last part
        text = text.rpartition("::")[2].strip()
    if (newline or len(text) > MAX_NAME) and (known := _by_wording(text)) is not None:
        return known
    known = (named(first[:MAX_NAME]) if newline else None) or named(text)
    if known is None:
        known = _write(_parse_words(text))
    return known if len(known) <= MAX_TEXT else _clean(text)


# --------------------------------------------------------------------------------------------------------------- the text itself

_WORDINGS = (
    (r"apache license,? version 2\.0", "Apache-2.0"),
    (r"permission is hereby granted, free of charge, to any person obtaining a copy", "MIT"),
    (r"permission to use, copy, modify, and(?:/or)? distribute this software for any purpose", "ISC"),
    (r"redistribution and use in source and binary forms.{0,2000}?neither the name", "BSD-3-Clause"),
    (r"redistribution and use in source and binary forms", "BSD-2-Clause"),
    (r"mozilla public license,? (?:version|v\.) 2\.0", "MPL-2.0"),
)


def _by_wording(text: str) -> str | None:
    return next((known for pattern, known in _WORDINGS if re.search(pattern, text, re.I)), None)


# --------------------------------------------------------------------------------------------------------- expressions that are valid

_VALID_TOKENS = re.compile(r"[()]|[^\s()]+")
_REFERENCE = re.compile(r"(?:(DocumentRef-[A-Za-z0-9.-]+):)?LicenseRef-([A-Za-z0-9.-]+)", re.I)
_OPERATORS = {"and": "AND", "or": "OR"}


def _parse_valid(text: str) -> Term | None:
    """Parse by the grammar of annex D.2, operators in any case; None for anything else."""
    items: list[Item] = []
    tokens = iter(_VALID_TOKENS.findall(text))
    for token in tokens:
        word = token.casefold()
        if word in _OPERATORS:
            items.append(Operator(_OPERATORS[word]))
        elif word == "with":
            known = exception(next(tokens, ""))
            if known is None or not items or isinstance(items[-1], Operator) or not isinstance(items[-1], str) or " WITH " in items[-1]:
                return None
            items[-1] = f"{items[-1]} WITH {known}"
        elif word in "()":
            items.append(Operator(word))
        elif (leaf := _reference(token) or licence(token)) is not None:
            items.append(leaf)
        else:
            return None
    return _nest(items, strict=True)


def _reference(token: str) -> str | None:
    match = _REFERENCE.fullmatch(token)
    if match is None:
        return None
    return f"DocumentRef-{match[1][12:]}:LicenseRef-{match[2]}" if match[1] else f"LicenseRef-{match[2]}"


# ------------------------------------------------------------------------------------------------------------ what people write instead

_URL = re.compile(r"<?(https?://[^\s,;()>]+)>?")
_LATER = re.compile(r",?\s+(?:or|and)[\s-]+(?:\(at your option\)\s+)?(?:any[\s-]+)?(?:later|newer|greater|above|higher)(?:[\s-]+versions?)?\b", re.I)
_VERSION_COMMA = re.compile(r"\s*,\s*(?=(?:version|ver\.?|v\.?)\s*\d)", re.I)
_WITH_CPE = re.compile(r"\s+w/\s*(?:cpe|classpath)\b(?:\s+exception)?", re.I)
_SLASHED = re.compile(r"\b(mit\s*/\s*(?:x11|expat)|zlib\s*/\s*libpng|other\s*/\s*proprietary)\b", re.I)
_SEPARATORS = re.compile(
    r"(?P<open>\()|(?P<close>\))"
    r"|(?P<comma_or>[,;]\s*(?:and/or|or)(?=[\s(]))|(?P<comma_and>[,;]\s*and(?=[\s(]))|(?P<comma>[,;])"
    r"|(?P<OR>(?:(?<=[\s)])|^)(?:and/or|or)(?=[\s(]|$)|\|{1,2}|/)|(?P<AND>(?:(?<=[\s)])|^)and(?=[\s(]|$)|&{1,2})|(?P<WITH>(?<=\s)with(?=\s))",
    re.I,
)


class Operator(str):
    """A token that joins or groups: `OR`, `AND`, their weaker forms `, or` and `, and`, a bare `,`, `(` and `)`."""

    __slots__ = ()


Item = str | Operator | tuple[str, tuple[Term, ...]]
_WEAKEST_FIRST = ("comma_or", "comma_and", "OR", "AND")


def _parse_words(text: str) -> Term:
    """Parse names joined by words and signs; every name that means nothing to us becomes a LicenseRef."""
    if "://" in text:
        text = _URL.sub(lambda match: named(match[1]) or _clean(match[1]), text)
    if "," in text:
        text = _VERSION_COMMA.sub(" ", text)
    if "/" in text:
        text = _SLASHED.sub(lambda match: named(match[1]) or match[1], _WITH_CPE.sub(" with classpath exception", text))
    text = _LATER.sub("+", text)
    if (term := _nest(_words(text), strict=False)) is not None:
        return term
    return _clean(text)


def _words(text: str) -> list[Item]:
    """Cut into names and operators. A parenthesis that follows a name belongs to it: `Mozilla Public License 2.0 (MPL 2.0)`."""
    items: list[Item] = []
    name, base, gloss, at = "", "", 0, 0

    def close() -> None:
        nonlocal name, base
        if base:
            items.append(_extended(base, name.strip()))
        elif name.strip():
            items.append(_leaf(name.strip()))
        name = base = ""

    for match in _SEPARATORS.finditer(text):
        kind, between = str(match.lastgroup), text[at : match.start()]
        at = match.end()
        name += between
        if gloss or (kind == "open" and name.strip()):
            name += match[0]
            gloss += {"open": 1, "close": -1}.get(kind, 0)
        elif kind == "WITH":
            base, name = (f"{base} with {name}" if base else name).strip(), ""
        else:
            close()
            items.append(Operator({"open": "(", "close": ")"}.get(kind, kind)))
    name += text[at:]
    close()
    return items


def _extended(name: str, addition: str) -> Term:
    """`GPLv2 with classpath exception`."""
    if (whole := named(f"{name} with {addition}")) is not None:
        return whole
    base, extra = named(name), exception_name(addition)
    if base is None or extra is None or " " in base:
        return _clean(f"{name} with {addition}")
    return f"{base} WITH {extra}"


def _leaf(name: str) -> Term:
    known = _reference(name) or named(name)
    if known is None and 1 < len(words := name.split()) <= MAX_DEPTH:  # old apk: `MIT ISC`
        each = [_reference(word) or named(word) for word in words]
        if all(each):
            return _join("AND", [term for word in each if word and (term := _parse_valid(word)) is not None])
    return (_parse_valid(known) if known else None) or _clean(name)


def _clean(name: str) -> str:
    """Make a LicenseRef of a name (annex D.2: letters, digits, `-` and `.`)."""
    word = re.sub(r"[^A-Za-z0-9.]+", "-", name[: 4 * MAX_REFERENCE])[:MAX_REFERENCE].strip("-.")
    if not word:
        word = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"LicenseRef-{word}"


# -------------------------------------------------------------------------------------------------------------------- trees


def _nest(items: list[Item], *, strict: bool) -> Term | None:
    """Turn a flat row of names, operators and parentheses into a tree. None: unbalanced, too deep, or (strict) not by the grammar."""
    rows: list[list[Item]] = [[]]
    fold: Callable[[list[Item]], Term | None] = _fold_strictly if strict else _fold
    for item in items:
        if item == "(" and isinstance(item, Operator):
            if len(rows) > (WRITTEN_DEPTH if strict else MAX_DEPTH):
                return None
            rows.append([])
        elif item == ")" and isinstance(item, Operator):
            if len(rows) == 1:
                return None
            term = fold(rows.pop())
            if term is not None:
                rows[-1].append(term)
            elif strict:
                return None
        else:
            rows[-1].append(item)
    return fold(rows[0]) if len(rows) == 1 else None


def _fold_strictly(row: list[Item]) -> Term | None:
    """Names and operators must alternate."""
    if len(row) % 2 == 0 or any(isinstance(item, Operator) != bool(at % 2) for at, item in enumerate(row)):
        return None
    return _split(row)


def _fold(row: list[Item]) -> Term | None:
    """Forgive doubled or dangling operators; two names in a row both apply; a bare comma means what the next word says."""
    tidy: list[Item] = []
    for item in row:
        if isinstance(item, Operator):
            if not tidy:
                continue
            if isinstance(tidy[-1], Operator):
                tidy[-1] = item
                continue
        elif tidy and not isinstance(tidy[-1], Operator):
            tidy.append(Operator("AND"))
        tidy.append(item)
    if tidy and isinstance(tidy[-1], Operator):
        tidy.pop()
    means = Operator("AND")
    for at in range(len(tidy) - 1, -1, -1):
        item = tidy[at]
        if isinstance(item, Operator):
            if item == "comma":
                tidy[at] = means
            else:
                means = item
    return _split(tidy) if tidy else None


def _split(row: list[Item]) -> Term:
    """Divide at the weakest operator first."""
    for operator in _WEAKEST_FIRST:
        parts: list[list[Item]] = [[]]
        for item in row:
            if isinstance(item, Operator) and item == operator:
                parts.append([])
            else:
                parts[-1].append(item)
        if len(parts) > 1:
            return _join("OR" if operator.lower().endswith("or") else "AND", [_split(part) for part in parts])
    return row[0]


def _join(operator: str, terms: list[Term]) -> Term:
    """Join, without saying the same twice."""
    flat: dict[Term, None] = {}
    for term in terms:
        flat.update(dict.fromkeys(term[1] if isinstance(term, tuple) and term[0] == operator else (term,)))
    return next(iter(flat)) if len(flat) == 1 else (operator, tuple(flat))


def _write(term: Term) -> str:
    """Write a tree; AND binds closer than OR (annex D.4)."""
    if isinstance(term, str):
        return str(term)
    operator, terms = term
    texts = (_write(each) for each in terms)
    closed = (f"({text})" if operator == "AND" and isinstance(each, tuple) else text for each, text in zip(terms, texts, strict=True))
    return f" {operator} ".join(closed)
