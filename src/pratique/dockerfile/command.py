"""The nouns of a shell line: commands with their words, what they write to and who reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pratique.dockerfile.syntax import Span, Text, Word


@dataclass(frozen=True, slots=True)
class Redirect:
    """`2>&1`, `>> file`, `<<EOF`: a redirection with what it goes to or comes from."""

    operator: str
    """`>`, `>>`, `<`, `<<`, `<<<`, `>&`, `&>`, …"""
    target: Word
    descriptor: int | None = None
    """The number before it, where there is one."""
    body: Text | None = None
    """The text of a heredoc."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """`NAME=value` before a command, or alone."""

    name: str
    value: Word
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """One simple command. Compared by identity: the same words twice are two commands."""

    program: str
    """The base name of what runs, seen through `sudo`, `env`, `/usr/bin/`, …; empty for a mere assignment or redirection."""
    arguments: tuple[Word, ...]
    """The words after the program."""
    span: Span
    """From its first word (prefixes such as `sudo` included) to its last word or redirection."""
    head: Word | None = None
    """The program as written: `/usr/bin/curl`."""
    via: tuple[str, ...] = ()
    """The prefixes it was seen through: `("sudo",)`."""
    assignments: tuple[Assignment, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    pipes_to: tuple[Command, ...] = ()
    """Who reads what it writes: one command, or the commands of a group."""
    inner: tuple[Command, ...] = ()
    """The commands whose output or text it is given: of `$(…)`, `<(…)`, and the script of `sh -c`, `eval`, `bash <<EOF`."""
    after: str = ""
    """The operator before it: `&&`, `||`, `;`, `|`, `&`; empty for the first of its list."""
    depth: int = 0
    """0 where it stands in the line itself, 1 within another's words, …"""
    negated: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """The arguments as texts."""
        return tuple(word.text for word in self.arguments)

    @property
    def operands(self) -> tuple[Word, ...]:
        """The arguments that are no options (what follows `--` is none); an option's separate value counts as an operand."""
        found, ended = [], False
        for word in self.arguments:
            if word.text == "--" and not ended:
                ended = True
            elif ended or not word.text.startswith("-") or word.text == "-":
                found.append(word)
        return tuple(found)

    @property
    def subcommand(self) -> str:
        """The first operand: `install` of `apt-get -y install curl`; empty where there is none."""
        return next((word.text for word in self.arguments if word.text[:1] not in {"-", "+"}), "")

    def option(self, *names: str) -> Word | None:
        """Return the word that gives one of these options: `-y` also within `-qy`, `--yes` also in `--yes=x`."""
        for word in self.arguments:
            text = word.text
            if text == "--":
                return None
            if not text.startswith("-"):
                continue
            for name in names:
                if text == name or (name.startswith("--") and text.startswith(f"{name}=")):
                    return word
                if len(name) == 2 and name[0] == "-" and text[1:2] != "-" and name[1] in text[1:].partition("=")[0]:
                    return word
        return None

    def has(self, *names: str) -> bool:
        """Tell whether one of these options is given."""
        return self.option(*names) is not None

    def value(self, *names: str) -> str | None:
        """Return the value of one of these options: `--name=value`, `--name value`, `-n value`, `-nvalue`; None where there is none."""
        words = self.arguments
        for index, word in enumerate(words):
            text = word.text
            if text == "--":
                return None
            for name in names:
                if text == name:
                    return words[index + 1].text if index + 1 < len(words) else ""
                if name.startswith("--") and text.startswith(f"{name}="):
                    return text[len(name) + 1 :]
                if len(name) == 2 and name[1] != "-" and text.startswith(name):
                    return text[2:]
        return None

    def downstream(self) -> Iterator[Command]:
        """Yield every command that its output reaches through pipes, itself not."""
        seen: set[int] = set()
        waiting = list(self.pipes_to)
        while waiting:
            command = waiting.pop(0)
            if id(command) not in seen:
                seen.add(id(command))
                yield command
                waiting += command.pipes_to


@dataclass(frozen=True, slots=True)
class Script:
    """What one instruction runs."""

    commands: tuple[Command, ...] = ()
    cut: str = ""
    """Why not all of it was split; empty where all was."""
