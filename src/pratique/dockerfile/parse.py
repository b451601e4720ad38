"""Read a Dockerfile: physical lines to instructions to stages. Never raises for what is in the file; what is wrong with it is a Fault.

Follows the Dockerfile reference and, where that is silent, BuildKit's parser (`frontend/dockerfile/parser/parser.go`), against which it is tested.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pratique.dockerfile import words
from pratique.dockerfile.syntax import (
    NOWHERE,
    Comment,
    Directive,
    Dockerfile,
    Fault,
    Flag,
    Form,
    Heredoc,
    Instruction,
    Pair,
    Position,
    Span,
    Stage,
    Text,
    Word,
)

MAX_LINE = 65_535
"""Bytes of one line: what BuildKit's scanner takes (bufio.MaxScanTokenSize - 1); a longer line is refused there."""
MAX_JOINED = 1 << 20
"""Characters of one instruction with its continuation lines: a command line of Linux takes 128 KiB a word."""
MAX_INSTRUCTIONS = 100_000
"""Instructions of one file; an image has at most 127 layers on overlayfs of old engines, and the longest real files some 500 instructions."""
MAX_HEREDOCS = 100
"""Heredocs that one instruction opens; people write three."""
MAX_FAULTS = 200
"""Faults that are told; nobody reads more."""

FLAGS: dict[str, frozenset[str]] = {
    "ADD": frozenset({"checksum", "chmod", "chown", "exclude", "keep-git-dir", "link", "unpack"}),
    "COPY": frozenset({"chmod", "chown", "exclude", "from", "link", "parents"}),
    "FROM": frozenset({"platform"}),
    "HEALTHCHECK": frozenset({"interval", "retries", "start-interval", "start-period", "timeout"}),
    "RUN": frozenset({"device", "mount", "network", "security"}),
}
"""The flags of each instruction, by the reference of Dockerfile 1.x with its labs channel; others take none."""
KEYWORDS = frozenset(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR".split()  # noqa: SIM905
)
_WITH_HEREDOC = frozenset({"ADD", "COPY", "RUN"})
_NOT_IN_TRIGGER = frozenset({"FROM", "MAINTAINER", "ONBUILD"})
_KEYWORD = re.compile(r"[^\t\v\f\r ]+")
_DIRECTIVE = re.compile(r"#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(\S.*)")
_STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*\Z")
_DIRECTIVES = frozenset({"check", "escape", "syntax"})
_OFFICIAL = re.compile(r"(?:docker\.io/)?docker/dockerfile(?:-upstream)?(?:[:@]|\Z)")


def parse(source: str) -> Dockerfile:
    """Return what a file says. `source` is its text, bytes that are no UTF-8 as surrogate escapes. Takes time linear in its length."""
    return _Reader(source).read()


def decode(data: bytes) -> str:
    """Return the text of a file's bytes, without a byte order mark."""
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


@dataclass(slots=True)
class _Reader:
    source: str
    lines: list[str] = field(default_factory=list)
    at: int = 0
    """The index of the next physical line."""
    escape: str = "\\"
    directives: list[Directive] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    stage: int = -1
    """The index of the stage that is being read."""
    foreign: bool = False
    """Whether another language may be meant: `# syntax=` names a front end that is not Docker's."""

    def read(self) -> Dockerfile:
        self.lines = [line.rstrip("\r") if line.endswith("\r") else line for line in self.source.split("\n")]
        if self.lines and not self.lines[-1]:
            self.lines.pop()
        if "\0" in self.source:
            index = next(i for i, line in enumerate(self.lines) if "\0" in line)
            column = self.lines[index].index("\0") + 1
            self.fault("nul-byte", "a NUL byte: tools differ in what they read from here on", _here(index, column, column + 1), blind=True)
        self.head()
        instructions = self.body()
        arguments, strays, stages = self.staged(instructions)
        return Dockerfile(
            tuple(self.lines),
            stages,
            arguments,
            strays,
            tuple(self.directives),
            tuple(self.comments),
            tuple(self.faults),
            self.escape,
        )

    def fault(self, id_: str, message: str, span: Span, blind: bool = False) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(id_, message, span, blind))

    # --------------------------------------------------------------------------------------------------------- lines

    def head(self) -> None:
        """Read the parser directives: comments `# name=value` before anything else."""
        for index, line in enumerate(self.lines):
            match = _DIRECTIVE.match(line.lstrip(words.SPACES)) if len(line) <= MAX_LINE else None
            if match is None or match[1].lower() not in _DIRECTIVES:
                return
            name, value = match[1].lower(), match[2].rstrip()
            directive = Directive(name, value, _here(index, 1, len(line) + 1))
            if any(other.name == name for other in self.directives):
                self.fault("directive-twice", f"the directive {name} is given twice", directive.span)
            self.directives.append(directive)
            if name == "escape":
                if value in {"\\", "`"}:
                    self.escape = value
                else:
                    self.fault("bad-escape", "the escape directive must be \\ or `", directive.span)
            if name == "syntax" and not _OFFICIAL.match(value):
                self.foreign = True
                text = "another front end reads this file, in which it may mean something else"
                self.fault("foreign-syntax", text, directive.span, blind=True)

    def body(self) -> list[Instruction]:
        found: list[Instruction] = []
        above: list[Comment] = []
        while self.at < len(self.lines):
            line = self.bounded(self.lines[self.at])
            stripped = line.lstrip(words.SPACES)
            if stripped.startswith("#"):
                above.append(self.comment(stripped))
                self.at += 1
                continue
            if not stripped:
                above.clear()
                self.at += 1
                continue
            if len(found) >= MAX_INSTRUCTIONS:
                text = f"more than {MAX_INSTRUCTIONS} instructions: the rest was not read"
                self.fault("too-many-instructions", text, _here(self.at, 1, 1), blind=True)
                break
            instruction = self.instruction(stripped, len(line) - len(stripped), above)
            above = []
            if instruction is not None:
                found.append(instruction)
        return found

    def bounded(self, line: str) -> str:
        if len(line) <= MAX_LINE and (line.isascii() or len(line) * 3 <= MAX_LINE or len(line.encode("utf-8", "surrogateescape")) <= MAX_LINE):
            return line
        text = f"a line longer than {MAX_LINE} bytes: no builder takes it, and the rest of it was not read"
        self.fault("line-too-long", text, _here(self.at, 1, 1), blind=True)
        return line[:MAX_LINE]

    def comment(self, stripped: str) -> Comment:
        end = len(self.lines[self.at]) + 1
        comment = Comment(stripped[1:].strip(words.SPACES), _here(self.at, end - len(stripped), end))
        self.comments.append(comment)
        return comment

    def instruction(self, first: str, indent: int, above: list[Comment]) -> Instruction | None:
        """Read one instruction with its continuation lines, the comments and empty lines between them, and its heredocs."""
        begin = self.at
        self.at += 1
        piece, more = self.continued(first)
        if not more:
            text = Text(piece, (0,), (Position(begin + 1, indent + 1),))
            return self.made(text, begin, tuple(above))
        pieces, starts, places = [piece], [0], [Position(begin + 1, indent + 1)]
        size, blanks, cut = len(piece), [], False
        while more and self.at < len(self.lines):
            line = self.bounded(self.lines[self.at])
            stripped = line.lstrip(words.SPACES)
            if stripped.startswith("#"):
                above.append(self.comment(stripped))
            elif not stripped:
                blanks.append(self.at + 1)
            else:
                piece, more = self.continued(line)
                if size + len(piece) > MAX_JOINED:
                    cut = True
                else:
                    pieces.append(piece)
                    starts.append(size)
                    places.append(Position(self.at + 1, 1))
                    size += len(piece)
            self.at += 1
        if cut:
            message = f"an instruction longer than {MAX_JOINED} characters: the rest of it was not read"
            self.fault("instruction-too-long", message, _here(begin, 1, 1), blind=True)
        return self.made(Text("".join(pieces), tuple(starts), tuple(places)), begin, tuple(above), tuple(blanks))

    def continued(self, line: str) -> tuple[str, bool]:
        """Return a line without its continuation character, and whether it had one: the last on the line, and not escaped itself."""
        bare = line.rstrip(" \t")
        if bare.endswith(self.escape) and bare[-2:-1] != self.escape:
            return bare[:-1], True
        return line, False

    # -------------------------------------------------------------------------------------------------- instructions

    def made(
        self, text: Text, begin: int, comments: tuple[Comment, ...], blanks: tuple[int, ...] = (), triggered: bool = False
    ) -> Instruction | None:
        """Make an instruction of its joined lines, of which the first is `begin`, and read its heredocs from the lines that follow."""
        match = _KEYWORD.search(text.value)
        if match is None:
            return None
        name = Word(match[0], text.span(*match.span()), match[0])
        keyword = name.text.upper()
        if triggered and keyword in _NOT_IN_TRIGGER:
            self.fault("bad-trigger", f"ONBUILD takes no {keyword}", name.span)
        body, flags = self.flags(keyword, name, text, match.end())
        arguments, form, pairs = self.arguments(keyword, body, name)
        if not body.value and keyword in KEYWORDS and keyword not in {"CMD", "ENTRYPOINT"}:
            self.fault("missing-argument", f"{keyword} needs an argument", name.span)
        trigger: Instruction | None = None
        heredocs: tuple[Heredoc, ...] = ()
        if keyword == "FROM" and not triggered:
            self.stage += 1
        elif keyword == "ONBUILD" and body.value and not triggered:
            trigger = self.made(body, body.places[0].line - 1, comments, triggered=True)
        elif keyword in _WITH_HEREDOC and form is Form.SHELL and "<<" in body.value and words.balanced(body.value):
            heredocs = self.heredocs(body)
        start = name.span.start if name.span.start.line == begin + 1 else text.places[0]  # a continuation character may stand alone before it
        span = Span(start, Position(self.at, len(self.lines[self.at - 1]) + 1))
        return Instruction(
            keyword, arguments, body, span, name, flags, form, pairs, heredocs, comments, self.stage, trigger, triggered, self.escape, blanks
        )

    def flags(self, keyword: str, name: Word, text: Text, after: int) -> tuple[Text, tuple[Flag, ...]]:
        """Return what follows keyword and flags, and the flags."""
        value = text.value
        end = len(value.rstrip(words.SPACES))
        start = after + len(value) - after - len(value[after:].lstrip(words.SPACES))
        flags: tuple[Flag, ...] = ()
        if value.startswith("--", start):
            flags, start = words.flags(text, start)
        if self.foreign:
            return text.part(start, max(start, end)), flags
        if keyword not in KEYWORDS:
            self.fault("unknown-instruction", f"there is no instruction {name.text[:40]!r}", name.span)
        for flag in flags:
            if flag.name not in FLAGS.get(keyword, frozenset()):
                self.fault("unknown-flag", f"{keyword} has no flag --{flag.name[:40]}", flag.span)
        return text.part(start, max(start, end)), flags

    def arguments(self, keyword: str, body: Text, name: Word) -> tuple[tuple[Word, ...], Form, tuple[Pair, ...]]:
        """Split what follows the flags as the instruction wants it."""
        escape = self.escape
        match keyword:
            case "RUN" | "CMD" | "ENTRYPOINT" | "SHELL":
                return *self.command(body, words.whole), ()
            case "ADD" | "COPY" | "VOLUME":
                return *self.command(body, words.spaced), ()
            case "FROM" | "EXPOSE":
                return words.spaced(body, escape), Form.SHELL, ()
            case "ENV" | "LABEL":
                pairs, problem = words.pairs(body, escape, keyword)
                if problem is not None and body.value:
                    self.fault(problem.id, problem.message, name.span)
                return words.whole(body, escape), Form.SHELL, pairs
            case "ARG":
                return words.whole(body, escape), Form.SHELL, words.names(body, escape)
            case "HEALTHCHECK":
                return *self.healthcheck(body), ()
            case _:
                return words.whole(body, escape), Form.SHELL, ()

    def command(self, body: Text, otherwise: Callable[[Text, str], tuple[Word, ...]]) -> tuple[tuple[Word, ...], Form]:
        """Return the strings of the exec form, else the words of the other."""
        found, problem = words.array(body)
        if problem is not None:
            self.fault(problem.id, problem.message, body.span(0, len(body.value)))
        return (otherwise(body, self.escape), Form.SHELL) if found is None else (found, Form.EXEC)

    def healthcheck(self, body: Text) -> tuple[tuple[Word, ...], Form]:
        first = _KEYWORD.search(body.value)
        if first is None:
            return (), Form.SHELL
        kind = words.word(body, *first.span(), self.escape)
        if kind.text.upper() not in {"CMD", "NONE"}:
            self.fault("bad-healthcheck", "HEALTHCHECK takes CMD or NONE", kind.span)
        start = first.end()
        rest = body.part(start + len(body.value[start:]) - len(body.value[start:].lstrip(words.SPACES)), len(body.value))
        found, form = self.command(rest, words.whole)
        return (replace(kind, text=kind.text.upper()), *found), form

    def heredocs(self, joined: Text) -> tuple[Heredoc, ...]:
        """Read the bodies of the heredocs that a line opens, one after the other."""
        found: list[Heredoc] = []
        for opened in words.heredocs(joined):
            if len(found) >= MAX_HEREDOCS:
                self.fault(
                    "too-many-heredocs", f"more than {MAX_HEREDOCS} heredocs in one instruction: the rest was not read", opened.span, blind=True
                )
                break
            start, size = self.at, 0
            lines: list[str] = []
            starts: list[int] = []
            places: list[Position] = []
            ended = False
            while self.at < len(self.lines) and not ended:
                line = self.bounded(self.lines[self.at])
                bare = line.lstrip("\t") if opened.strip else line
                self.at += 1
                ended = bare == opened.name
                if not ended:
                    lines.append(bare)
                    starts.append(size)
                    places.append(Position(self.at, 1 + len(line) - len(bare)))
                    size += len(bare) + 1
            if not ended:
                message = f"the heredoc {opened.name[:40]!r} has no end: everything after it was read as its text"
                self.fault("heredoc-without-end", message, opened.span, blind=True)
            body = Text("".join(f"{line}\n" for line in lines), tuple(starts), tuple(places)) if lines else Text("", (0,), (Position(start + 1, 1),))
            found.append(replace(opened, body=body))
        return tuple(found)

    # -------------------------------------------------------------------------------------------------------- stages

    def staged(self, instructions: list[Instruction]) -> tuple[tuple[Instruction, ...], tuple[Instruction, ...], tuple[Stage, ...]]:
        """Return the ARGs before the first FROM, what else stands there, and the stages."""
        arguments: list[Instruction] = []
        strays: list[Instruction] = []
        stages: list[tuple[Instruction, list[Instruction]]] = []
        for instruction in instructions:
            if instruction.keyword == "FROM":
                stages.append((instruction, []))
            elif stages:
                stages[-1][1].append(instruction)
            else:
                (arguments if instruction.keyword == "ARG" else strays).append(instruction)
        if strays and not self.foreign:
            self.fault("before-from", f"{strays[0].keyword[:40]} stands before the first FROM: only ARG may", strays[0].name.span)
        if not stages:
            self.fault("no-from", "there is no FROM: nothing can be built from this file", NOWHERE)
        return tuple(arguments), tuple(strays), tuple(self.made_stage(index, head, body) for index, (head, body) in enumerate(stages))

    def made_stage(self, index: int, head: Instruction, body: list[Instruction]) -> Stage:
        name: Word | None = None
        match head.arguments:
            case (base,):
                pass
            case (base, as_, name) if as_.text.upper() == "AS":
                if not _STAGE_NAME.match(name.text.lower()):
                    self.fault("bad-stage-name", f"{name.text[:40]!r} is no name for a stage", name.span)
            case _:
                base = head.arguments[0] if head.arguments else Word("", head.name.span, "")
                if head.arguments:
                    self.fault("bad-from", "FROM takes an image, and AS with a name", head.name.span)
        return Stage(index, base, head, name.text.lower() if name else "", name, head.flag("platform"), tuple(body))


def _here(index: int, start: int, end: int) -> Span:
    return Span(Position(index + 1, start), Position(index + 1, end))
