"""Split what an instruction runs into commands, as a POSIX shell would (Shell Command Language, IEEE 1003.1 chapter 2) with the common forms of bash.

Not a shell: nothing is expanded, no alias or function is followed. One pass over the text; nesting and numbers are bounded, and said where cut.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pratique.dockerfile.command import Assignment, Command, Redirect, Script
from pratique.dockerfile.prefix import SHELLS, Invocation, invocation, script_of
from pratique.dockerfile.syntax import Form, Heredoc, Instruction, Position, Span, Text, Word

MAX_COMMANDS = 10_000
"""Commands of one instruction; the longest real scripts in Dockerfiles have some hundred."""
MAX_DEPTH = 24
"""Groups, substitutions and scripts within each other; people write three."""
MAX_READERS = 16
"""Commands of a group that are said to read a pipe: more would make the pairs quadratic."""

_PLAIN = re.compile(r"[^\s'\"\\$`|&;()<>]+")
_BLANK = re.compile(r"(?:[ \t\r\f\v]|\\\n)+")
_OPERATOR = re.compile(r"&&|\|\||;;&|;;|;&|\|&|[|&;\n]")
_REDIRECT = re.compile(r"(\d{0,4})(<<<|<<-|<<|<&|<>|>>|>\||>&|[<>])|(&>>|&>)")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\+?=")
_IN_DOUBLE = re.compile(r"[^\"\\$`]+")
_BRACES = re.compile(r"\$\{[^{}'\"\\`$]*\}")
_ANSI_C = re.compile(r"\$'((?:[^'\\]|\\.)*+)'?", re.DOTALL)
_NAME = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])?")
_BACKTICKS = re.compile(r"`((?:[^`\\]|\\.)*+)`?", re.DOTALL)
_COMMENT = re.compile(r"#[^\n]*")
_SHEBANG = re.compile(r"#!\s*(\S+)(?:[ \t]+([^\n]*))?")
_OPENS = {"{": "}", "if": "fi", "while": "done", "until": "done", "for": "done", "select": "done", "case": "esac"}
_SKIPPED = frozenset({"then", "else", "elif", "do", "!"})
_CLOSES = frozenset({"fi", "done", "esac", "}"})


class _Cut(Exception):
    """A bound was reached."""


@dataclass(slots=True, eq=False)
class _Draft:
    """A command that is still being read."""

    after: str
    depth: int
    start: int
    end: int = 0
    words: list[Word] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    """What each word's characters are after quote removal, with their places."""
    read: list[dict[int, int]] = field(default_factory=list)
    """Of each word: where a substitution begins and ends whose commands were read."""
    assignments: list[Assignment] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)
    readers: Sequence[_Draft] = ()
    inner: list[_Draft] = field(default_factory=list)
    negated: bool = False
    span: Span | None = None
    seen: Invocation = field(default_factory=lambda: Invocation("", 0, ()))
    made: Command | None = None


def script(instruction: Instruction) -> Script:
    """Return the commands of RUN, CMD, ENTRYPOINT, HEALTHCHECK; none for other instructions, nor for ONBUILD (ask its trigger)."""
    arguments = instruction.arguments
    match instruction.keyword:
        case "HEALTHCHECK":
            arguments = arguments[1:]
        case "RUN" | "CMD" | "ENTRYPOINT":
            pass
        case _:
            return Script()
    if not arguments:
        return Script()
    drafts: list[_Draft] = []
    cut = ""
    try:
        if instruction.form is Form.EXEC:
            _exec(arguments, drafts)
        elif instruction.keyword == "HEALTHCHECK":
            text = instruction.text
            start = text.value.find(arguments[0].raw, 4)
            _Splitter(text.part(start, len(text.value)), drafts, [], 0, 0).run()
        elif len(instruction.heredocs) == 1 and _alone(instruction):
            _heredoc_script(instruction.heredocs[0].body, drafts)
        else:
            _Splitter(instruction.text, drafts, list(instruction.heredocs), 0, 0).run()
    except _Cut as reached:
        cut = str(reached)
    return Script(_commands(drafts), cut)


def split(text: str | Text) -> Script:
    """Return the commands of a shell line or script."""
    drafts: list[_Draft] = []
    try:
        _Splitter(Text(text) if isinstance(text, str) else text, drafts, [], 0, 0).run()
    except _Cut as reached:
        return Script(_commands(drafts), str(reached))
    return Script(_commands(drafts))


def _alone(instruction: Instruction) -> bool:
    """Tell whether the line is a heredoc and nothing else: then its body is the script (BuildKit `dispatchRun`)."""
    return re.fullmatch(r"\d{0,4}<<-?(?:'[^']*'|\"[^\"]*\"|[^\s'\"<]+)", instruction.text.value.strip()) is not None


def _exec(arguments: Sequence[Word], drafts: list[_Draft]) -> None:
    draft = _Draft("", 0, 0, words=list(arguments), span=Span(arguments[0].span.start, arguments[-1].span.end))
    draft.texts = [_exactly(word) for word in arguments]
    draft.read = [{} for _ in arguments]
    drafts.append(draft)
    _finish(draft, drafts)


def _exactly(word: Word) -> Text:
    """Return the text of a JSON string, of which only the place of its first character is known where it holds escapes."""
    start = word.span.start
    return Text(word.text, (0,), (Position(start.line, start.column + 1),))


def _heredoc_script(body: Text, drafts: list[_Draft]) -> None:
    """Read a heredoc that is run: by the interpreter of its first line, else by the shell."""
    shebang = _SHEBANG.match(body.value)
    if shebang is not None:
        words = [shebang[1], *(shebang[2] or "").split()]
        if not any(word.rpartition("/")[2] in SHELLS for word in words):
            span = body.span(*shebang.span())
            draft = _Draft("", 0, 0, words=[Word(word, span, word) for word in words], span=span)
            draft.redirects.append(Redirect("<<", Word("", span, ""), None, body))
            draft.texts = [Text(word, (0,), (span.start,)) for word in words]
            draft.read = [{} for _ in words]
            drafts.append(draft)
            _finish(draft, drafts)
            return
    _Splitter(body, drafts, [], 0, 0).run()


def _finish(draft: _Draft, drafts: list[_Draft], level: int = 0) -> None:
    """Say what a command runs, and read the script that it is given as a word or as a heredoc."""
    draft.seen = invocation([word.text for word in draft.words])
    index = script_of(draft.seen, [word.text for word in draft.words])
    texts: list[Text] = []
    read: dict[int, int] = {}
    if index is not None:
        given = range(index, len(draft.texts)) if draft.seen.program == "eval" else range(index, index + 1)
        read = _joined_read([draft.texts[i] for i in given], [draft.read[i] for i in given])
        text = _joined([draft.texts[i] for i in given])
        if read.get(0) != len(text.value):  # what is wholly a substitution was read already
            texts.append(text)
    elif draft.seen.program in SHELLS:
        texts += [redirect.body for redirect in draft.redirects if redirect.body is not None]
        texts += [Text(redirect.target.text, (0,), (redirect.target.span.start,)) for redirect in draft.redirects if redirect.operator == "<<<"]
    for text in texts:
        before = len(drafts)
        _Splitter(text, drafts, [], draft.depth + 1, level, read).run()
        draft.inner += [other for other in drafts[before:] if other.depth == draft.depth + 1]


def _joined_read(texts: Sequence[Text], read: Sequence[dict[int, int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    size = 0
    for text, ranges in zip(texts, read, strict=True):
        found |= {size + start: size + end for start, end in ranges.items()}
        size += len(text.value) + 1
    return found


def _joined(texts: Sequence[Text], by: str = " ") -> Text:
    if len(texts) == 1:
        return texts[0]
    starts: list[int] = []
    places: list[Position] = []
    size = 0
    for text in texts:
        starts += [size + start for start in text.starts]
        places += text.places
        size += len(text.value) + 1
    return Text(by.join(text.value for text in texts), tuple(starts), tuple(places))


def _commands(drafts: Sequence[_Draft]) -> tuple[Command, ...]:
    """Freeze the drafts, the last first: whatever a command points to begins after it."""
    for draft in reversed(drafts):
        seen = draft.seen
        assert draft.span is not None
        readers = tuple(reader.made for reader in draft.readers[:MAX_READERS] if reader.made is not None)
        draft.made = Command(
            program=seen.program,
            arguments=tuple(draft.words[seen.at + 1 :]),
            span=draft.span,
            head=draft.words[seen.at] if seen.program else None,
            via=seen.via,
            assignments=tuple(draft.assignments),
            redirects=tuple(draft.redirects),
            pipes_to=readers,
            inner=tuple(one.made for one in draft.inner if one.made is not None),
            after=draft.after,
            depth=draft.depth,
            negated=draft.negated,
        )
    return tuple(draft.made for draft in drafts if draft.made is not None)


class _Word:
    """A word that is still being read: its pieces after quote removal, and where each came from."""

    __slots__ = ("end", "expands", "pieces", "read", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.expands = False
        self.pieces: list[tuple[str, int]] = []
        self.read: set[int] = set()
        """The pieces that are substitutions whose commands were read, by their index."""


class _Splitter:
    def __init__(self, text: Text, drafts: list[_Draft], heredocs: list[Heredoc], depth: int, level: int, read: dict[int, int] | None = None) -> None:
        self.text = text
        self.source = text.value
        self.size = len(text.value)
        self.at = 0
        self.drafts = drafts
        self.heredocs = heredocs
        self.depth = depth
        self.level = level
        self.read = read or {}
        """Substitutions that were read when the text was still a word: not again."""
        self.awaited: list[tuple[_Draft, int, str, bool]] = []
        """Heredocs that the current line opened: whose, which redirection, the end word, whether tabs are stripped."""
        if depth + level > MAX_DEPTH:
            raise _Cut(f"scripts within scripts more than {MAX_DEPTH} deep were not read")

    def run(self) -> None:
        while self.at < self.size:
            before = self.at
            self.list_("")
            if self.at == before or (self.at < self.size and self.source[self.at] in ")}"):
                self.at += 1  # a closing bracket that nothing opened
        self.bodies()

    # ------------------------------------------------------------------------------------------------------------ lists

    def list_(self, until: str) -> list[_Draft]:
        """Read commands up to the word or bracket that closes them; return those whose output is the list's."""
        self.level += 1
        if self.level + self.depth > MAX_DEPTH:
            raise _Cut(f"groups more than {MAX_DEPTH} deep were not read")
        outputs: list[_Draft] = []
        element: list[_Draft] = []
        writers: list[_Draft] = []
        after, negated, pattern = "", False, until == "esac"

        def joined() -> None:
            for writer in writers:
                writer.readers = element[:MAX_READERS]
            writers.clear()

        while True:
            self.space()
            if self.at >= self.size:
                break
            char = self.source[self.at]
            if char == ")" and pattern:
                self.at += 1
                pattern = False
                continue
            if pattern:
                if self.word_is("esac"):
                    self.at += 4
                    break
                self.skip_pattern()
                pattern = False
                continue
            if char == ")":
                if until == ")":
                    self.at += 1
                break
            operator = _OPERATOR.match(self.source, self.at)
            redirected = char == "&" and self.source.startswith("&>", self.at)
            if operator is not None and not redirected:
                self.at = operator.end()
                joined()
                if operator[0] in {"|", "|&"}:
                    writers = element
                else:
                    outputs += element
                element, negated = [], False
                after = "|" if operator[0] == "|&" else ";" if operator[0] == "\n" and after not in {"&&", "||", "|"} else operator[0]
                if operator[0] == "\n":
                    after = after if after != "\n" else ";"
                    self.bodies()
                pattern = until == "esac" and operator[0].startswith(";") and len(operator[0]) > 1
                continue
            if char == "(":
                self.group(element, ")", after)
                continue
            reserved = self.reserved()
            if reserved and not element:
                if reserved == until:
                    self.at += len(reserved)
                    break
                if reserved in _SKIPPED:
                    negated = negated or reserved == "!"
                    self.at += len(reserved)
                    continue
                if reserved in _OPENS:
                    self.compound(reserved, element, after)
                    continue
                if reserved in _CLOSES:
                    self.at += len(reserved)
                    continue
                if reserved == "function":
                    self.at += len(reserved)
                    self.space()
                    self.word()
                    continue
            elif reserved == until and until:
                self.at += len(reserved)
                break
            draft = self.simple(after, negated)
            if draft is not None:
                element.append(draft)
        joined()
        outputs += element
        self.level -= 1
        return outputs

    def group(self, element: list[_Draft], until: str, after: str) -> None:
        if self.source.startswith("((", self.at):
            self.brackets()
            return
        self.at += 1
        self.nested(element, until, after)

    def compound(self, word: str, element: list[_Draft], after: str) -> None:
        self.at += len(word)
        until = _OPENS[word]
        if word in {"for", "select", "case"}:
            holder = _Draft(after, self.depth, self.at)
            while self.at < self.size:
                self.space()
                if self.at >= self.size or self.source[self.at] in ";\n" or self.word_is("do"):
                    break
                if self.source.startswith("((", self.at):
                    self.brackets()
                    break
                if self.source[self.at] in "()|&<>":
                    break
                if word == "case" and self.word_is("in"):
                    self.at += 2
                    break
                self.word(holder)
        self.nested(element, until, after)

    def nested(self, element: list[_Draft], until: str, after: str) -> None:
        before = len(self.drafts)
        element += self.list_(until)
        if before < len(self.drafts) and not self.drafts[before].after:
            self.drafts[before].after = after

    def reserved(self) -> str:
        match = _PLAIN.match(self.source, self.at)
        if match is None:
            return ""
        word = match[0]
        if word in _SKIPPED or word in _CLOSES or word in _OPENS or word == "function":
            end = match.end()
            if end >= self.size or self.source[end] in " \t\r\n;&|()<>":
                return word
        return ""

    def word_is(self, word: str) -> bool:
        end = self.at + len(word)
        return self.source.startswith(word, self.at) and (end >= self.size or self.source[end] in " \t\r\n;&|()")

    def skip_pattern(self) -> None:
        """Go past the pattern of a case."""
        while self.at < self.size and self.source[self.at] != ")":
            before = self.at
            if self.source[self.at] in " \t\r\n|(&;<>":
                self.at += 1
            else:
                self.word()
            if self.at == before:
                self.at += 1
        self.at += 1

    def brackets(self) -> None:
        """Go past `(…)`, `((…))`: an array, arithmetic."""
        deep = 0
        for index in range(self.at, self.size):
            char = self.source[index]
            deep += (char == "(") - (char == ")")
            if deep == 0:
                self.at = index + 1
                return
        self.at = self.size

    def space(self) -> None:
        """Go past blanks and a comment."""
        if blank := _BLANK.match(self.source, self.at):
            self.at = blank.end()
        if self.at < self.size and self.source[self.at] == "#" and (comment := _COMMENT.match(self.source, self.at)):
            self.at = comment.end()

    def bodies(self) -> None:
        """Read the heredocs that the line before opened, in a script of several lines."""
        for draft, index, name, strip in self.awaited:
            lines: list[Text] = []
            while self.at < self.size:
                end = self.source.find("\n", self.at)
                end = self.size if end < 0 else end
                start = self.at
                while strip and self.source.startswith("\t", start):
                    start += 1
                self.at = min(end + 1, self.size)
                if self.source[start:end] == name:
                    break
                lines.append(self.text.part(start, end))
            old = draft.redirects[index]
            draft.redirects[index] = Redirect(old.operator, old.target, old.descriptor, _joined(lines, "\n") if lines else Text(""))
        waiting = dict.fromkeys(draft for draft, *_ in self.awaited)
        self.awaited.clear()
        for draft in waiting:
            _finish(draft, self.drafts, self.level)

    # --------------------------------------------------------------------------------------------------------- commands

    def simple(self, after: str, negated: bool) -> _Draft | None:
        """Read one command: assignments, words, redirections."""
        if len(self.drafts) >= MAX_COMMANDS:
            raise _Cut(f"more than {MAX_COMMANDS} commands: the rest was not read")
        draft = _Draft(after, self.depth, self.at, self.at, negated=negated)
        self.drafts.append(draft)
        test = False
        while True:
            self.space()
            if self.at >= self.size:
                break
            redirect = _REDIRECT.match(self.source, self.at)
            if redirect is not None and not test and not self.substitutes(redirect):
                self.redirect(draft, redirect)
                continue
            char = self.source[self.at]
            if char in "|&;\n()" and not test:
                if char == "(" and len(draft.words) == 1 and re.match(r"\(\s*\)", self.source[self.at : self.at + 8]):
                    self.at = self.source.index(")", self.at) + 1  # `name() …`: a function; its body is read as commands
                    del self.drafts[self.drafts.index(draft, max(0, len(self.drafts) - 64)) :]
                    return None
                if char == "(" and self.at == draft.end and draft.end > draft.start:
                    self.brackets()  # an array, `a=(…)`, or a pattern
                    draft.end = self.at
                    continue
                break
            before = self.at
            word = self.word(draft, plainly=test)
            if self.at == before:
                self.at += 1
                continue
            draft.end = self.at
            self.take(draft, word)
            if len(draft.words) == 1 and draft.words[0].raw == "[[":
                test = True
            elif test and draft.words and draft.words[-1].raw == "]]":
                test = False
        draft.span = self.text.span(draft.start, max(draft.end, draft.start))
        if not self.awaited or self.awaited[-1][0] is not draft:
            _finish(draft, self.drafts, self.level)
        else:
            draft.seen = invocation([word.text for word in draft.words])
        return draft

    def substitutes(self, redirect: re.Match[str]) -> bool:
        """Tell whether it is `<(…)`, which is a word."""
        return redirect[0] in {"<", ">"} and self.source.startswith("(", redirect.end())

    def take(self, draft: _Draft, read: _Word) -> None:
        text = self.mapped(read)
        raw = self.source[read.start : read.end]
        if not draft.words and (name := _ASSIGNMENT.match(raw)):
            span = self.text.span(read.start, read.end)
            cut = min(name.end(), len(text.value))
            value = Word(text.value[cut:], self.text.span(read.start + name.end(), read.end), raw[name.end() :], read.expands)
            draft.assignments.append(Assignment(name[1], value, span))
            return
        draft.words.append(Word(text.value, self.text.span(read.start, read.end), raw, read.expands))
        draft.texts.append(text)
        ranges: dict[int, int] = {}
        size = 0
        for index, (piece, _) in enumerate(read.pieces):
            if index in read.read:
                ranges[size] = size + len(piece)
            size += len(piece)
        draft.read.append(ranges)

    def mapped(self, read: _Word) -> Text:
        """Return a word's characters after quote removal, each knowing its place."""
        starts: list[int] = []
        places: list[Position] = []
        size = 0
        for piece, origin in read.pieces:
            part = self.text.part(origin, origin + len(piece)) if len(self.text.starts) > 1 else Text("", (0,), (self.text.at(origin),))
            starts += [size + start for start in part.starts]
            places += part.places
            size += len(piece)
        return Text("".join(piece for piece, _ in read.pieces), tuple(starts) or (0,), tuple(places) or (self.text.at(read.start),))

    def redirect(self, draft: _Draft, match: re.Match[str]) -> None:
        operator = match[2] or match[3]
        self.at = match.end()
        self.space()
        read = self.word(draft)
        target = Word("".join(piece for piece, _ in read.pieces), self.text.span(read.start, read.end), self.source[read.start : read.end], read.expands)
        body: Text | None = None
        draft.end = max(draft.end, read.end)
        if operator in {"<<", "<<-"}:
            given = next((heredoc for heredoc in self.heredocs if heredoc.name == target.text), None)
            if given is None:
                self.awaited.append((draft, len(draft.redirects), target.text, operator == "<<-"))
            else:
                self.heredocs.remove(given)
                body = given.body
        draft.redirects.append(Redirect(operator, target, int(match[1]) if match[1] else None, body))

    # ------------------------------------------------------------------------------------------------------------ words

    def word(self, draft: _Draft | None = None, plainly: bool = False) -> _Word:
        """Read one word; commands within it become the draft's."""
        word = _Word(self.at)
        source, size = self.source, self.size
        while self.at < size:
            if plain := _PLAIN.match(source, self.at):
                word.pieces.append((plain[0], self.at))
                self.at = plain.end()
                continue
            char = source[self.at]
            if char == "'":
                end = source.find("'", self.at + 1)
                end = size if end < 0 else end
                word.pieces.append((source[self.at + 1 : end], self.at + 1))
                self.at = min(end + 1, size)
            elif char == '"':
                self.double(word, draft)
            elif char == "\\":
                if not source.startswith("\n", self.at + 1):
                    word.pieces.append((source[self.at + 1 : self.at + 2], self.at + 1))
                self.at = min(self.at + 2, size)
            elif char in "$`":
                self.expansion(word, draft)
            elif char in "<>" and self.at == word.start and source.startswith("(", self.at + 1) and not plainly:
                start = self.at
                self.at += 2
                self.substituted(draft)
                word.expands = True
                word.pieces.append((source[start : self.at], start))
            elif plainly and char in "<>()&|;":
                word.pieces.append((char, self.at))
                self.at += 1
            else:
                break
        word.end = self.at
        return word

    def double(self, word: _Word, draft: _Draft | None) -> None:
        source, size = self.source, self.size
        self.at += 1
        while self.at < size:
            if plain := _IN_DOUBLE.match(source, self.at):
                word.pieces.append((plain[0], self.at))
                self.at = plain.end()
                continue
            char = source[self.at]
            if char == '"':
                self.at += 1
                return
            if char == "\\":
                taken = source[self.at + 1 : self.at + 2]
                if taken in {"$", "`", '"', "\\"}:
                    word.pieces.append((taken, self.at + 1))
                elif taken != "\n":
                    word.pieces.append((source[self.at : self.at + 2], self.at))
                self.at = min(self.at + 2, size)
            else:
                self.expansion(word, draft)

    def expansion(self, word: _Word, draft: _Draft | None) -> None:
        """Read what begins with `$` or a backtick. The word keeps it as it is written."""
        source, start = self.source, self.at
        if start in self.read:
            self.at = self.read[start]
        elif source[start] == "`":
            match = _BACKTICKS.match(source, start)
            assert match is not None
            self.at = match.end()
            self.within(self.text.part(*match.span(1)), draft)
        elif source.startswith("$((", start):
            self.at += 1
            self.brackets()
        elif source.startswith("$(", start):
            self.at += 2
            self.substituted(draft)
        elif match := _BRACES.match(source, start):
            self.at = match.end()
        elif source.startswith("${", start):
            self.braces(draft)
        elif match := _ANSI_C.match(source, start) if source.startswith("$'", start) else None:
            self.at = match.end()
            word.pieces.append((match[1], match.start(1)))
            return
        else:
            match = _NAME.match(source, start)
            assert match is not None
            self.at = match.end()
            word.expands = word.expands or len(match[0]) > 1
            word.pieces.append((match[0], start))
            return
        word.expands = True
        word.read.add(len(word.pieces))
        word.pieces.append((source[start : self.at], start))

    def braces(self, draft: _Draft | None) -> None:
        """Go past `${…}`, whose default may hold words, quotes and substitutions."""
        self.level += 1
        if self.level + self.depth > MAX_DEPTH:
            raise _Cut(f"expansions more than {MAX_DEPTH} deep were not read")
        self.at += 2
        scratch = _Word(self.at)
        while self.at < self.size and self.source[self.at] != "}":
            char = self.source[self.at]
            if char == "\\":
                self.at += 2
            elif char == '"':
                self.double(scratch, draft)
            elif char in "$`":
                self.expansion(scratch, draft)
            else:
                self.at += 1
        self.at = min(self.at + 1, self.size)
        self.level -= 1

    def substituted(self, draft: _Draft | None) -> None:
        """Read the commands of `$(…)` or `<(…)` up to their bracket."""
        before = len(self.drafts)
        self.depth += 1
        self.list_(")")
        self.depth -= 1
        if draft is not None:
            draft.inner += [other for other in self.drafts[before:] if other.depth == self.depth + 1]

    def within(self, text: Text, draft: _Draft | None) -> None:
        before = len(self.drafts)
        _Splitter(text, self.drafts, [], self.depth + 1, self.level).run()
        if draft is not None:
            draft.inner += [other for other in self.drafts[before:] if other.depth == self.depth + 1]

