"""Split what a shell runs into commands (Shell Command Language, IEEE 1003.1, 2.9 and 2.10) with the common forms of bash.

Not a shell: no alias or function is followed. One pass over the text; nesting and numbers are bounded, and said where cut.
"""

from __future__ import annotations

import re

from pratique.dockerfile.command import Assignment, Redirect, Script
from pratique.dockerfile.draft import MAX_READERS, Cut, Draft, commands, joined, joined_read
from pratique.dockerfile.prefix import SHELLS, invocation, script_of
from pratique.dockerfile.shellword import MAX_DEPTH, PLAIN, ReadWord, WordReader
from pratique.dockerfile.syntax import Heredoc, Text, Word

MAX_COMMANDS = 10_000
"""Commands of one instruction; the longest real scripts in Dockerfiles have some hundred."""

_OPERATOR = re.compile(r"&&|\|\||;;&|;;|;&|\|&|[|&;\n]")
_REDIRECT = re.compile(r"(\d{0,4})(<<<|<<-|<<|<&|<>|>>|>\||>&|[<>])|(&>>|&>)")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\+?=")
_OPENS = {"{": "}", "if": "fi", "while": "done", "until": "done", "for": "done", "select": "done", "case": "esac"}
_SKIPPED = frozenset({"then", "else", "elif", "do", "!"})
_CLOSES = frozenset({"fi", "done", "esac", "}"})


def split(text: str | Text) -> Script:
    """Return the commands of a shell line or script."""
    drafts: list[Draft] = []
    try:
        Splitter(Text(text) if isinstance(text, str) else text, drafts, [], 0, 0).run()
    except Cut as reached:
        return Script(commands(drafts), str(reached))
    return Script(commands(drafts))


def finish(draft: Draft, drafts: list[Draft], level: int = 0) -> None:
    """Say what a command runs, and read the script that it is given as a word or as a heredoc."""
    draft.seen = invocation([word.text for word in draft.words])
    index = script_of(draft.seen, [word.text for word in draft.words])
    texts: list[Text] = []
    read: dict[int, int] = {}
    if index is not None:
        given = range(index, len(draft.texts)) if draft.seen.program == "eval" else range(index, index + 1)
        read = joined_read([draft.texts[i] for i in given], [draft.read[i] for i in given])
        text = joined([draft.texts[i] for i in given])
        if read.get(0) != len(text.value):  # what is wholly a substitution was read already
            texts.append(text)
    elif draft.seen.program in SHELLS:
        texts += [redirect.body for redirect in draft.redirects if redirect.body is not None]
        texts += [Text(redirect.target.text, (0,), (redirect.target.span.start,)) for redirect in draft.redirects if redirect.operator == "<<<"]
    for text in texts:
        before = len(drafts)
        Splitter(text, drafts, [], draft.depth + 1, level, read).run()
        draft.inner += [other for other in drafts[before:] if other.depth == draft.depth + 1]


class Splitter(WordReader):
    """Splits a text into drafts of commands, in the order of the text."""

    def __init__(self, text: Text, drafts: list[Draft], heredocs: list[Heredoc], depth: int, level: int, read: dict[int, int] | None = None) -> None:
        super().__init__(text, depth, level, read)
        self.drafts = drafts
        self.heredocs = heredocs
        self.awaited: list[tuple[Draft, int, str, bool]] = []
        """Heredocs that the current line opened: whose, which redirection, the end word, whether tabs are stripped."""

    def run(self) -> None:
        """Read the whole text. Raises `Cut` where a bound is reached."""
        while self.at < self.size:
            before = self.at
            self.list_("")
            if self.at == before or (self.at < self.size and self.source[self.at] in ")}"):
                self.at += 1  # a closing bracket that nothing opened
        self.bodies()

    # ------------------------------------------------------------------------------------------------------------ lists

    def list_(self, until: str) -> list[Draft]:
        """Read commands up to the word or bracket that closes them; return those whose output is the list's."""
        self.level += 1
        if self.level + self.depth > MAX_DEPTH:
            raise Cut(f"groups more than {MAX_DEPTH} deep were not read")
        outputs: list[Draft] = []
        element: list[Draft] = []
        writers: list[Draft] = []
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

    def group(self, element: list[Draft], until: str, after: str) -> None:
        """Read `(…)`; go past `((…))`."""
        if self.source.startswith("((", self.at):
            self.brackets()
            return
        self.at += 1
        self.nested(element, until, after)

    def compound(self, word: str, element: list[Draft], after: str) -> None:
        """Read `if`, `while`, `for`, `case`, `{` up to the word that closes it."""
        self.at += len(word)
        until = _OPENS[word]
        if word in {"for", "select", "case"}:
            holder = Draft(after, self.depth, self.at)
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

    def nested(self, element: list[Draft], until: str, after: str) -> None:
        """Read the list within a group: its outputs are the group's."""
        before = len(self.drafts)
        element += self.list_(until)
        if before < len(self.drafts) and not self.drafts[before].after:
            self.drafts[before].after = after

    def reserved(self) -> str:
        """Return the reserved word that stands here, if one does."""
        match = PLAIN.match(self.source, self.at)
        if match is None:
            return ""
        word = match[0]
        if word in _SKIPPED or word in _CLOSES or word in _OPENS or word == "function":
            end = match.end()
            if end >= self.size or self.source[end] in " \t\r\n;&|()<>":
                return word
        return ""

    def word_is(self, word: str) -> bool:
        """Tell whether this word stands here."""
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
            draft.redirects[index] = Redirect(old.operator, old.target, old.descriptor, joined(lines, "\n") if lines else Text(""))
        waiting = dict.fromkeys(draft for draft, *_ in self.awaited)
        self.awaited.clear()
        for draft in waiting:
            finish(draft, self.drafts, self.level)

    # --------------------------------------------------------------------------------------------------------- commands

    def simple(self, after: str, negated: bool) -> Draft | None:
        """Read one command: assignments, words, redirections."""
        if len(self.drafts) >= MAX_COMMANDS:
            raise Cut(f"more than {MAX_COMMANDS} commands: the rest was not read")
        draft = Draft(after, self.depth, self.at, self.at, negated=negated)
        draft.span = self.text.span(self.at, self.at)
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
            finish(draft, self.drafts, self.level)
        else:
            draft.seen = invocation([word.text for word in draft.words])
        return draft

    def substitutes(self, redirect: re.Match[str]) -> bool:
        """Tell whether it is `<(…)`, which is a word."""
        return redirect[0] in {"<", ">"} and self.source.startswith("(", redirect.end())

    def take(self, draft: Draft, read: ReadWord) -> None:
        """Take a word as an assignment or as a word of the command."""
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

    def redirect(self, draft: Draft, match: re.Match[str]) -> None:
        """Read what a redirection goes to or comes from."""
        operator = match[2] or match[3]
        self.at = match.end()
        self.space()
        read = self.word(draft)
        target = Word(
            "".join(piece for piece, _ in read.pieces), self.text.span(read.start, read.end), self.source[read.start : read.end], read.expands
        )
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

    # ----------------------------------------------------------------------------------------------------- substitutions

    def substituted(self, draft: Draft | None) -> None:
        """Read the commands of `$(…)` or `<(…)` up to their bracket."""
        before = len(self.drafts)
        self.depth += 1
        self.list_(")")
        self.depth -= 1
        if draft is not None:
            draft.inner += [other for other in self.drafts[before:] if other.depth == self.depth + 1]

    def within(self, text: Text, draft: Draft | None) -> None:
        """Read the commands of backticks."""
        before = len(self.drafts)
        Splitter(text, self.drafts, [], self.depth + 1, self.level).run()
        if draft is not None:
            draft.inner += [other for other in self.drafts[before:] if other.depth == self.depth + 1]
