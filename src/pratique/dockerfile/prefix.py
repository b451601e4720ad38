"""What a command really runs: seen through `sudo`, `env`, `timeout` and their like, and into `sh -c`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh", "mksh", "rbash"})
"""Programs that run the shell language."""


class Prefix(NamedTuple):
    """A program that runs another: its options that take a value of their own, and how many operands stand before the command."""

    valued: frozenset[str] = frozenset()
    operands: int = 0


def _prefix(valued: str = "", operands: int = 0) -> Prefix:
    return Prefix(frozenset(valued.split()), operands)


PREFIXES: dict[str, Prefix] = {
    "sudo": _prefix("-u -g -h -p -C -D -R -r -t -T -U --user --group --host --prompt --chdir --chroot --role --type --close-from"),
    "doas": _prefix("-u -C -a"),
    "env": _prefix("-u -C --unset --chdir"),
    "exec": _prefix("-a"),
    "time": _prefix("-f -o --format --output"),
    "nice": _prefix("-n --adjustment"),
    "ionice": _prefix("-c -n -p --class --classdata"),
    "timeout": _prefix("-s -k --signal --kill-after", 1),
    "stdbuf": _prefix("-i -o -e --input --output --error"),
    "gosu": _prefix("", 1),
    "su-exec": _prefix("", 1),
    "chroot": _prefix("", 1),
    "setarch": _prefix("", 1),
    "runuser": _prefix("-u -g -G"),
    "setpriv": _prefix("--reuid --regid --groups"),
    "chpst": _prefix("-u -U -b -/ -n -l -L"),
    **dict.fromkeys(
        (
            "builtin",
            "busybox",
            "chronic",
            "command",
            "dumb-init",
            "eatmydata",
            "fakeroot",
            "linux32",
            "linux64",
            "nohup",
            "setsid",
            "tini",
            "unbuffer",
        ),
        _prefix(),
    ),
}
_ASKS = frozenset({"-v", "-V", "--help", "--version", "-l", "--list"})
"""With these a prefix runs nothing: `command -v curl`, `sudo -l`."""
MAX_PREFIXES = 8
"""Prefixes before one command."""


class Invocation(NamedTuple):
    """What a command runs: the base name, the index of its word, and the prefixes before it."""

    program: str
    at: int
    via: tuple[str, ...]


def base(word: str) -> str:
    """Return the program's name without folder, and without the ending that Windows gives it."""
    return word.replace("\\", "/").rpartition("/")[2].removesuffix(".exe") if "/" in word or "\\" in word or word.endswith(".exe") else word


def invocation(words: Sequence[str]) -> Invocation:
    """Return what the words of a command run."""
    via: list[str] = []
    index = 0
    while index < len(words):
        program = base(words[index])
        prefix = PREFIXES.get(program)
        if prefix is None or len(via) >= MAX_PREFIXES:
            return Invocation(program, index, tuple(via))
        following = _command(words, index + 1, prefix)
        if following is None:
            return Invocation(program, index, tuple(via))
        via.append(program)
        index = following
    return Invocation("", 0, ())


def _command(words: Sequence[str], at: int, prefix: Prefix) -> int | None:
    """Return where the command begins that a prefix runs; None where it runs none."""
    operands = prefix.operands
    while at < len(words):
        word = words[at]
        if word in _ASKS:
            return None
        if word == "--":
            at += 1
            break
        if word.startswith("-") and len(word) > 1:
            at += 2 if word in prefix.valued else 1
        elif "=" in word and word.partition("=")[0].isidentifier():
            at += 1
        elif operands:
            operands -= 1
            at += 1
        else:
            break
    return at if at < len(words) else None


def script_of(seen: Invocation, words: Sequence[str]) -> int | None:
    """Return the index of the word that a command runs as a script: of `sh -c`, `su -c`, `eval`; None where there is none."""
    start = seen.at + 1
    if seen.program == "eval":
        return start if start < len(words) else None
    if seen.program not in SHELLS and seen.program not in {"su", "runuser"}:
        return None
    given = False
    at = start
    while at < len(words):
        word = words[at]
        if word in {"-o", "+o", "-O", "+O", "--rcfile", "--init-file"}:
            at += 2
            continue
        if word.startswith(("-", "+")) and len(word) > 1:
            given = given or word == "--command" or ("c" in word and word[:1] == "-" and word[:2] != "--")
            at += 1
            continue
        if given:
            return at
        if seen.program in SHELLS:
            return None
        at += 1
    return None
