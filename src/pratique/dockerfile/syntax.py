"""The nouns of a parsed Dockerfile: what is written, where it stands. Values are judged after `evaluate`; here nothing is substituted.

Lines and columns count from 1, columns in characters. A span's end is the position after its last character.
Names follow the Dockerfile reference (https://docs.docker.com/reference/dockerfile/).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pratique.dockerfile.command import Command, Script


class Position(NamedTuple):
    """A place in the file."""

    line: int
    column: int


class Span(NamedTuple):
    """From a place up to, not including, another."""

    start: Position
    end: Position

    @property
    def line(self) -> int:
        """The line it begins on."""
        return self.start.line


NOWHERE = Span(Position(1, 1), Position(1, 1))
"""The span of what is said of the file as a whole."""


@dataclass(frozen=True, slots=True)
class Text:
    """Characters that may come from several lines: an instruction with its continuation lines joined, without the comments between them."""

    value: str
    starts: tuple[int, ...] = (0,)
    """The offset in `value` at which each piece begins, ascending from 0."""
    places: tuple[Position, ...] = (Position(1, 1),)
    """Where each piece begins in the file."""

    def at(self, offset: int) -> Position:
        """Return the place of a character."""
        index = bisect_right(self.starts, offset) - 1
        place = self.places[index]
        return Position(place.line, place.column + offset - self.starts[index])

    def span(self, start: int, end: int) -> Span:
        """Return the span of the characters from `start` up to `end`."""
        if len(self.starts) == 1:
            line, column = self.places[0]
            return Span(Position(line, column + start), Position(line, column + end))
        last = self.at(end - 1) if end > start else self.at(start)
        return Span(self.at(start), Position(last.line, last.column + (end > start)))

    def part(self, start: int, end: int) -> Text:
        """Return the text from `start` up to `end`, which still knows its places."""
        first = max(0, bisect_right(self.starts, start) - 1)
        last = bisect_right(self.starts, max(start, end - 1))
        starts = (0, *(begin - start for begin in self.starts[first + 1 : last]))
        return Text(self.value[start:end], starts, (self.at(start), *self.places[first + 1 : last]))


@dataclass(frozen=True, slots=True)
class Word:
    """One argument. In a RUN's commands it is a word of the shell, elsewhere one of the Dockerfile."""

    text: str
    """Quotes and escapes removed; `$name` stays as it is written."""
    span: Span
    raw: str
    """As written."""
    expands: bool = False
    """Whether something in it is replaced when it is used: a variable, a command's output. What stands in single quotes is not."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One `name=value` of ARG, ENV, LABEL; an ARG without default has no value."""

    name: Word
    value: Word | None
    span: Span
    legacy: bool = False
    """Written `ENV name value`, without an equals sign."""


@dataclass(frozen=True, slots=True)
class Flag:
    """An option of an instruction: `--from=build`, `--link`, `--mount=type=secret,id=token`."""

    name: str
    """Without dashes, lower-case as all flags are: `from`."""
    value: str | None
    """Quotes removed; None where it was given without one."""
    span: Span

    @property
    def fields(self) -> dict[str, str]:
        """The parts of a `--mount` (comma-separated values, RFC 4180): `{"type": "secret", "id": "token"}`; a bare word has the value `true`."""
        found: dict[str, str] = {}
        for part in _comma_separated(self.value or ""):
            name, equals, value = part.partition("=")
            found[name.strip().lower()] = value if equals else "true"
        return found


def _comma_separated(text: str) -> Iterator[str]:
    if '"' not in text:
        yield from text.split(",")
        return
    part: list[str] = []
    quoted = False
    for char in text:
        if char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            yield "".join(part)
            part = []
        else:
            part.append(char)
    yield "".join(part)


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A text that follows an instruction: `<<EOF` … `EOF`."""

    name: str
    """The word that ends it."""
    body: Text
    """Its lines as written; of `<<-` without their leading tabs."""
    span: Span
    """Where the marker `<<EOF` stands."""
    expand: bool = True
    """False where the marker is quoted: then nothing in it is substituted."""
    strip: bool = False
    """Whether it was marked `<<-`."""
    descriptor: int = 0


@dataclass(frozen=True, slots=True)
class Comment:
    """A line that is a comment; `text` is without `#` and surrounding space."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Directive:
    """A parser directive of the file's head: `# syntax=…`, `# escape=…`, `# check=…`. The name is lower-case."""

    name: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is no Dockerfile: the builder would refuse it. *Blind*: or something that was not read, and may hide anything."""

    id: str
    message: str
    span: Span
    blind: bool = False


class Form(StrEnum):
    """How the command of an instruction is written: `["a", "b"]` or a line for the shell."""

    EXEC = "exec"
    SHELL = "shell"


@dataclass(frozen=True, eq=False)
class Instruction:
    """One instruction with its flags, arguments and heredocs. Compared by identity; without slots, for what is derived from it is kept with it."""

    keyword: str
    """Upper-case: `RUN`."""
    arguments: tuple[Word, ...]
    """What follows keyword and flags, as the reference splits it; the shell form of RUN, CMD, ENTRYPOINT, SHELL is one word. JSON is decoded."""
    text: Text
    """Everything after keyword and flags, continuation lines joined."""
    span: Span
    """From its keyword to the end of its last line, heredocs included."""
    name: Word
    """The keyword as it is written."""
    flags: tuple[Flag, ...] = ()
    form: Form = Form.SHELL
    pairs: tuple[Pair, ...] = ()
    """Of ARG, ENV, LABEL: names and values."""
    heredocs: tuple[Heredoc, ...] = ()
    comments: tuple[Comment, ...] = ()
    """Those directly above it, and those between its lines."""
    stage: int = -1
    """The index of its stage; -1 before the first FROM."""
    trigger: Instruction | None = None
    """What an ONBUILD lets the image's child do."""
    triggered: bool = False
    """Whether it stands in an ONBUILD."""
    escape: str = "\\"
    blanks: tuple[int, ...] = ()
    """Empty lines between its lines."""

    @property
    def line(self) -> int:
        """The line it begins on."""
        return self.span.start.line

    def flag(self, name: str) -> Flag | None:
        """Return its flag of a name, the last if there are several."""
        return next((flag for flag in reversed(self.flags) if flag.name == name), None)

    def all(self, name: str) -> tuple[Flag, ...]:
        """Return its flags of a name: `--mount` may be given several times."""
        return tuple(flag for flag in self.flags if flag.name == name)

    def commands(self) -> tuple[Command, ...]:
        """Return every command that its shell line, its exec form or its heredocs run, in the order of the text, inner ones after their outer."""
        return self.script.commands

    def pipes(self) -> Iterator[tuple[Command, Command]]:
        """Yield each command with each one that reads what it writes."""
        for command in self.commands():
            for reader in command.pipes_to:
                yield command, reader

    @cached_property
    def script(self) -> Script:
        """What it runs, as the shell splits it (RUN, CMD, ENTRYPOINT, HEALTHCHECK); empty for others."""
        from pratique.dockerfile.script import script

        return script(self)


@dataclass(frozen=True, slots=True)
class Stage:
    """What one FROM begins."""

    index: int
    base: Word
    """What it stands on, as written: an image, a stage's name, `scratch`."""
    head: Instruction
    """Its FROM."""
    name: str = ""
    """Lower-case, as stages are compared; empty where it has none."""
    name_word: Word | None = None
    """The name as written."""
    platform: Flag | None = None
    instructions: tuple[Instruction, ...] = ()
    """Those after FROM."""

    @property
    def span(self) -> Span:
        """From its FROM to the end of its last instruction."""
        return Span(self.head.span.start, (self.instructions[-1] if self.instructions else self.head).span.end)

    def each(self, *keywords: str) -> Iterator[Instruction]:
        """Yield its instructions of these keywords, those in ONBUILD too (which say so: `triggered`)."""
        for instruction in self.instructions:
            if instruction.keyword in keywords:
                yield instruction
            if instruction.trigger is not None and instruction.trigger.keyword in keywords:
                yield instruction.trigger

    @property
    def runs(self) -> Iterator[Instruction]:
        """Its RUN instructions."""
        return self.each("RUN")


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A file as it was read. What it could not make sense of is in `faults`."""

    lines: tuple[str, ...]
    """The physical lines, without their ends."""
    stages: tuple[Stage, ...] = ()
    arguments: tuple[Instruction, ...] = ()
    """The ARG instructions before the first FROM."""
    strays: tuple[Instruction, ...] = ()
    """Other instructions before the first FROM: no builder takes them."""
    directives: tuple[Directive, ...] = ()
    comments: tuple[Comment, ...] = field(default=(), repr=False)
    """All of them, those of instructions and the directives too."""
    faults: tuple[Fault, ...] = ()
    escape: str = "\\"

    @property
    def instructions(self) -> Iterator[Instruction]:
        """Every instruction in the order of the file."""
        yield from sorted((*self.arguments, *self.strays), key=lambda instruction: instruction.span)
        for stage in self.stages:
            yield stage.head
            yield from stage.instructions

    def each(self, *keywords: str) -> Iterator[Instruction]:
        """Yield the instructions of these keywords in every stage, those in ONBUILD too."""
        for stage in self.stages:
            if "FROM" in keywords:
                yield stage.head
            yield from stage.each(*keywords)

    def directive(self, name: str) -> Directive | None:
        """Return the parser directive of a name."""
        return next((directive for directive in self.directives if directive.name == name), None)
