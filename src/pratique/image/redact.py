"""Hides secrets in the words that travel with an image: instructions, environment, labels. `***` stands in place of each value.

A word is hidden by the name it is given (`DB_PASSWORD=…`), by where it stands (`https://user:word@host`, `--token …`) or by its own shape (`ghp_…`).
Every pattern is linear in the text: repetitions are bounded or cannot match the same characters in two ways. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "***"
MAX_TEXT = 1 << 16
"""Characters kept of one instruction, variable or label; a longer one is cut."""

_WORDS = (
    r"pass(?:wd|word|phrase|wort)|pwd|secret|token(?!iz)|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|auth[_-]?key"
    r"|account[_-]?key|master[_-]?key|credential|authorization|connection[_-]?string"
)
_SECRET_NAME = re.compile(rf"(?:{_WORDS})|(?:^|[_-])pass$", re.IGNORECASE)
_PUBLIC_NAME = re.compile(
    r"[_-](?:file|path|dir|url|uri|name|length|len|ttl|timeout|policy|endpoint|env|type|id|version|hash)s?$|^-*(?:old)?pwd$", re.IGNORECASE
)
"""Names that say where a secret is or how it is kept: not the secret itself."""

_VALUE = re.compile(r"\"(?:[^\"\\]|\\.)*+\"?|'[^']*'?|[^\s\"'&;|,}\])]+", re.DOTALL)
_NAMED = re.compile(r"(?<![A-Za-z0-9_.-])([\"']?)(-{0,2}[A-Za-z][A-Za-z0-9_.-]{0,127})\1(?:=|\s?:\s?|\s=\s)")
_OPTION = re.compile(
    r"(?<![A-Za-z0-9_-])(--?([A-Za-z0-9][A-Za-z0-9_-]{0,80})(?:[\"'][,\s]\s{0,4}[\"'](?=[^\"'-])|\s{1,8}(?=[^\s-])))"
    r"((?<=\s)(?:\"[^\"]*+\"?|'[^']*+'?|[^\s\"']+)|(?<=[\"'])[^\"']+)"
)
_SPACED = re.compile(r"(?:^|(?<=\s))((?:ENV|ARG|LABEL)\s{1,8}([A-Za-z][A-Za-z0-9_.-]{0,127})\s{1,8})(\S.*)", re.DOTALL)
_HEADER = re.compile(r"\b((?:authorization\s?[:=]\s?(?:bearer|basic|token)|bearer)\s{1,8})([A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)([^\s/@:\"']{0,256}):([^\s/@\"']{1,1024})@|(?<=://)([^\s/@:\"']{16,1024})@")
_CURL_USER = re.compile(r"(\bcurl\b[^\n;|&]{0,200}?\s(?:-u|--user)[\s=]?)(\S+)")
_SHAPES = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255}"
    r"|glp(?:at|rt|tt|ft)-[A-Za-z0-9_-]{20,255}|gldt-[A-Za-z0-9_-]{20,255}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,255}|xapp-[A-Za-z0-9-]{10,255}"
    r"|[srp]k_(?:live|test)_[A-Za-z0-9]{10,255}|sk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,255}"
    r"|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,255}|dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,255}|hf_[A-Za-z0-9]{30,255}"
    r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,1024}|SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,128}|hv[sbr]\.[A-Za-z0-9_-]{20,512}"
    r"|eyJ[A-Za-z0-9_-]{8,2048}+\.eyJ[A-Za-z0-9_-]{8,8192}+\.[A-Za-z0-9_-]{0,2048}"
    r")"
)
_PEM = re.compile(r"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)(?:(?!-----END).)*+(-----END [A-Z0-9 ]{0,40}-----)?", re.DOTALL)
_FIRST = re.compile(
    rf"{_WORDS}|pass[\"']?[\s=:]|://|bearer|curl|-----BEGIN|AKIA|ASIA|AROA|AIDA|gh[pousr]_|github_pat_|gl[pd]|xox|xapp|[srp]k[_-]|npm_|pypi-|dckr_|hf_|AIza"
    r"|ya29|SG\.|hv[sbr]\.|eyJ",
    re.IGNORECASE,
)
"""One cheap look: a text without any of these has nothing to hide."""


def text(value: str) -> str:
    """Return an instruction or another text with its secrets hidden."""
    if len(value) > MAX_TEXT:
        value = f"{value[:MAX_TEXT]}… ({len(value) - MAX_TEXT} more characters)"
    if not _FIRST.search(value):
        return value
    value = _PEM.sub(lambda m: f"{m[1]}{HIDDEN}{m[2] or ''}", value)
    value = _HEADER.sub(rf"\1{HIDDEN}", value)
    value = _USERINFO.sub(lambda m: f"{HIDDEN}@" if m[3] else f"{m[1]}:{HIDDEN}@", value)
    value = _SHAPES.sub(HIDDEN, value)
    value = _CURL_USER.sub(lambda m: f"{m[1]}{_user(m[2])}", value)
    value = _SPACED.sub(lambda m: f"{m[1]}{HIDDEN}" if names_secret(m[2]) and not _elsewhere(m[3]) else m[0], value)
    value = _OPTION.sub(lambda m: f"{m[1]}{_masked(m[3])}" if names_secret(m[2]) and not _elsewhere(m[3]) else m[0], value)
    return _assignments(value)


def words(values: Iterable[str]) -> tuple[str, ...]:
    """Return the words of a command with their secrets hidden, also where one word names the next."""
    hidden: list[str] = []
    named = False
    for value in values:
        hidden.append(HIDDEN if named and not _elsewhere(value) else text(value))
        named = value.startswith("-") and "=" not in value and names_secret(value)
    return tuple(hidden)


def variable(entry: str) -> str:
    """Return `NAME=value` of an environment with a secret value hidden."""
    name, equals, value = entry.partition("=")
    return f"{name}={pair(name, value)}" if equals else text(entry)


def pair(name: str, value: str) -> str:
    """Return the value of a label or variable, hidden where its name or its shape says so."""
    if value and names_secret(name):
        return value if _elsewhere(value) else HIDDEN
    return text(value)


def names_secret(name: str) -> bool:
    """Whether a value of this name is a secret."""
    return bool(_SECRET_NAME.search(name)) and not _PUBLIC_NAME.search(name)


def _assignments(value: str) -> str:
    """Hide the values of `NAME=value`, `"name": "value"`: also of those within the quoted value of another."""
    parts: list[str] = []
    done = 0
    for match in _NAMED.finditer(value):
        start = match.end()
        if start <= done or not names_secret(match[2]):
            continue
        found = _VALUE.match(value, start)
        if found is None or _elsewhere(found[0]):
            continue
        parts += (value[done:start], _masked(found[0]))
        done = found.end()
    return "".join((*parts, value[done:])) if parts else value


def _masked(value: str) -> str:
    quote = value[0] if value[0] in "\"'" else ""
    return f"{quote}{HIDDEN}{quote}"


def _user(value: str) -> str:
    name, colon, _ = value.strip("\"'").partition(":")
    return f"{name}:{HIDDEN}" if colon else value


def _elsewhere(value: str) -> bool:
    """Whether the value only points elsewhere: `$TOKEN`, `${TOKEN}`, `$(cat /run/secrets/token)`, nothing, or hidden already."""
    bare = value.strip("\"' ")
    return not bare or bare[0] == "$" or bare.startswith((HIDDEN, "/run/secrets/")) or bare.lower() in {"bearer", "basic", "token"}
