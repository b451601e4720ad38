"""Read the words of a shell: quotes, escapes, expansions (Shell Command Language, IEEE 1003.1, 2.2 and 2.6). Nothing is expanded."""

from __future__ import annotations

import re

from pratique.dockerfile.draft import Cut, Draft
from pratique.dockerfile.syntax import Position, Text

MAX_DEPTH = 24
"""Groups, substitutions and scripts within each other; people write three."""

PLAIN = re.compile(r"[^\s'\"\\$`|&;()<>]+")
_BLANK = re.compile(r"(?:[ \t\r\f\v]|\\\n)+")
_IN_DOUBLE = re.compile(r"[^\"\\$`]+")
_BRACES = re.compile(r"\$\{[^{}'\"\\`$]*\}")
_ANSI_C = re.compile(r"\$'((?:[^'\\]|\\.)*+)'?", re.DOTALL)
_NAME = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])?")
_BACKTICKS = re.compile(r"`((?:[^`\\]|\\.)*+)`?", re.DOTALL)
_COMMENT = re.compile(r"#[^\n]*")


class ReadWord:
    """A word that is still being read: its pieces after quote removal, and where each came from."""

    __slots__ = ("end", "expands", "pieces", "read", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.expands = False
        self.pieces: list[tuple[str, int]] = []
        self.read: set[int] = set()
        """The pieces that are substitutions whose commands were read, by their index."""


class WordReader:
    """Reads words from a text, and moves on in it. Who reads commands says what is done with those within words."""

    def __init__(self, text: Text, depth: int, level: int, read: dict[int, int] | None = None) -> None:
        self.text = text
        self.source = text.value
        self.size = len(text.value)
        self.at = 0
        self.depth = depth
        self.level = level
        self.read = read or {}
        """Substitutions that were read when the text was still a word: not again."""
        if depth + level > MAX_DEPTH:
            raise Cut(f"scripts within scripts more than {MAX_DEPTH} deep were not read")

    def substituted(self, draft: Draft | None) -> None:
        """Read the commands of `$(…)` or `<(…)` up to their bracket."""
        raise NotImplementedError

    def within(self, text: Text, draft: Draft | None) -> None:
        """Read the commands of backticks."""
        raise NotImplementedError

    def space(self) -> None:
        """Go past blanks and a comment."""
        if blank := _BLANK.match(self.source, self.at):
            self.at = blank.end()
        if self.at < self.size and self.source[self.at] == "#" and (comment := _COMMENT.match(self.source, self.at)):
            self.at = comment.end()

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

    def mapped(self, read: ReadWord) -> Text:
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

    def word(self, draft: Draft | None = None, plainly: bool = False) -> ReadWord:
        """Read one word; commands within it become the draft's."""
        word = ReadWord(self.at)
        source, size = self.source, self.size
        while self.at < size:
            if plain := PLAIN.match(source, self.at):
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

    def double(self, word: ReadWord, draft: Draft | None) -> None:
        """Read what stands in double quotes."""
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

    def expansion(self, word: ReadWord, draft: Draft | None) -> None:
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

    def braces(self, draft: Draft | None) -> None:
        """Go past `${…}`, whose default may hold words, quotes and substitutions."""
        self.level += 1
        if self.level + self.depth > MAX_DEPTH:
            raise Cut(f"expansions more than {MAX_DEPTH} deep were not read")
        self.at += 2
        scratch = ReadWord(self.at)
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
