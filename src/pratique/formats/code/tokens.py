"""Reads the tokens of a language with C's brackets into calls and settings, in one go: every token once, every bracket one frame."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from pratique.formats.code.language import Language
from pratique.formats.code.values import DEPTH, FIXED, NAME, REQUEST, UNKNOWN, Call, Code, Setting, Value, merged, stronger

LONGEST = 20_000
"""Characters of a line: longer ones are generated (bundles, data), and are not what somebody wrote."""
_REGEX = re.compile(r"/(?![/*])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,200}+\]){1,500}+/[a-z]*+")
_NAMES = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")
_CONTROL = frozenset(
    [
        "if",
        "for",
        "while",
        "switch",
        "catch",
        "return",
        "else",
        "function",
        "func",
        "fn",
        "typeof",
        "await",
        "yield",
        "throw",
        "case",
        "echo",
        "print",
        "foreach",
        "elseif",
        "do",
        "with",
        "synchronized",
    ]
)
_DECLARES = frozenset(["let", "const", "var", "final"])
_BEFORE_OBJECT = frozenset(["(", ",", "=", ":", "[", "?", "&&", "||", "??", "=>", ":="])
_ASSIGNS = frozenset(["=", ":=", "+=", ".="])
_CONSTANTS = frozenset(["true", "false", "null", "nil", "undefined", "None", "True", "False", "TRUE", "FALSE", "NULL"])
_INCLUDES = frozenset({"include", "include_once", "require", "require_once"})
_NUMERIC = frozenset(["int", "integer", "float", "double", "bool", "boolean", "long"])


@dataclass(slots=True)
class _Pieces:
    """What was seen of one value."""

    values: list[Value] = field(default_factory=list)
    joined: bool = False
    clean: bool = False
    names: list[str] = field(default_factory=list)
    """The plain names among them: those that a destructuring binds."""

    def add(self, value: Value) -> Value:
        value = FIXED if self.clean else value
        self.values.append(value)
        self.clean = False
        return value

    def value(self) -> Value:
        if not self.values:
            return FIXED
        if len(self.values) == 1:
            return self.values[0]
        return merged(self.values, self.joined)


@dataclass(slots=True)
class _Frame:
    bracket: str
    callee: str = ""
    line: int = 0
    receiver: Value = UNKNOWN
    block: bool = False
    definition: str = ""
    first: str = ""
    """The first word of the statement: what it is."""
    tokens: int = 0
    pieces: _Pieces = field(default_factory=_Pieces)
    arguments: list[Value] = field(default_factory=list)
    named: dict[str, Value] = field(default_factory=dict)
    key: str | None = None
    targets: list[str] = field(default_factory=list)
    operator: str = ""
    taken_apart: bool = False
    """Whether the targets are members of the value: `const { exec } = require('child_process')`."""
    scope: dict[str, Value] | None = None


class _Reader:
    def __init__(self, language: Language, text: str) -> None:
        self._language = language
        self._text = text
        self._lines = [match.end() for match in re.finditer("\n", text)]
        self._frames = [_Frame("", block=True, scope={})]
        self._scopes: list[dict[str, Value]] = [self._frames[0].scope or {}]
        self._frames[0].scope = self._scopes[0]
        self.calls: list[Call] = []
        self.settings: list[Setting] = []
        self.functions: list[tuple[str, int, bool]] = []
        self._pending: dict[str, Value] = {}
        """Parameters that the next block knows."""
        self._defined = ""
        self._annotated = False

    def run(self, start: int) -> None:
        language, text = self._language, self._text
        position, before, before_kind, line_before = start, "", "op", 1
        match = language.tokens.match
        size = len(text)
        operand: Value | None = None
        """The value that a dot, bracket or parenthesis would continue."""
        dot = new = False
        while position < size:
            if text[position].isspace():
                position += 1
                continue
            found = match(text, position)
            if found is None:
                position += 1
                continue
            kind, token = found.lastgroup or "op", found[0]
            if kind in ("quote", "label"):
                kind = "string"
            if (
                language.regex
                and token == "/"
                and before_kind == "op"
                and before not in (")", "]", "}")
                and (literal := _REGEX.match(text, position))
            ):
                kind, token = "string", literal[0]
            at, position = position, position + len(token)
            if kind == "comment":
                if token.startswith("?>"):
                    self._end()
                    operand = None
                continue
            line = bisect_right(self._lines, at) + 1
            frame = self._frames[-1]
            if (
                language.lines
                and line > line_before
                and frame.block
                and not dot
                and (kind != "op" or token in "}@")
                and (before_kind != "op" or before in (")", "]", "}"))
            ):
                self._end()
                operand = None
            line_before = line
            frame.tokens += 1
            if kind == "name":
                if not frame.first:
                    frame.first = token
                    if token in _INCLUDES:
                        frame.line = line
                if dot:
                    operand = self._member(operand, token)
                    dot = False
                elif token == "new":
                    new = True
                elif token in _CONTROL or token in _DECLARES or (token in _INCLUDES and language.id == "php"):
                    operand = None
                    if token == language.function or token in ("fn", "function"):
                        self._defined = "?"
                else:
                    if self._defined == "?":
                        self._defined = token
                    token = token[:NAME]
                    operand = self._named(f"new {token}" if new else token, token, before_kind == "name" and before not in _CONTROL)
                    new = False
            elif kind == "string":
                operand = self._string(token)
                if token[0] == "`" and language.id == "php":  # the shell's own operator
                    self.calls.append(Call("shell_exec", line, (operand,)))
                if token[0] == "`" and language.regex and before_kind == "name" and before not in _CONTROL:
                    operand = UNKNOWN  # a tagged template: its function gets the pieces apart
                frame.pieces.add(operand)
            elif kind == "number":
                operand = Value(name=token)
                frame.pieces.add(operand)
            elif token in language.dots and operand is not None:
                dot = True
            elif token == "(":
                self._open_parenthesis(operand, before_kind, before, line)
                operand = None
            elif token in "[{":
                self._open(token, before, before_kind, operand, line)
                operand = None
            elif token in ")]}":
                operand = self._close(token)
            else:
                operand = None
                self._operator(token, line)
            before, before_kind = token, kind
        while len(self._frames) > 1:
            self._close("")
        self._end()

    # ------------------------------------------------------------------------------------------------------- operands

    def _look(self, name: str) -> Value | None:
        scopes = self._scopes[-1:] if self._language.shared else reversed(self._scopes)
        return next((scope[name] for scope in scopes if name in scope), None)

    def _source(self, dotted: str) -> str:
        return next((word for pattern, word in self._language.sources if pattern.match(dotted)), "")

    def _named(self, name: str, token: str, follows_name: bool) -> Value:
        frame = self._frames[-1]
        if token in _CONSTANTS:
            value = Value(name=token)
        else:
            known = self._look(name)
            word = self._source(name)
            constant = token.isupper() and token[0] != "$"
            value = Value(fixed=constant, input=word, name=name) if known is None else known._replace(name=known.name or name)
            frame.pieces.names.append(token)
            if self._annotated and follows_name and frame.bracket == "(":
                self._pending[token] = Value(fixed=False, input=REQUEST, name=token)
                self._annotated = False
        return frame.pieces.add(value)

    def _member(self, operand: Value | None, token: str) -> Value:
        pieces = self._frames[-1].pieces
        before = operand or UNKNOWN
        dotted = f"{before.name[-NAME:]}.{token[:NAME]}"
        constant = token.isupper() and not before.input
        value = Value("", constant, False, stronger((before.input, self._source(dotted))), dotted)
        if pieces.values:
            pieces.values[-1] = value
        else:
            pieces.add(value)
        return value

    def _string(self, token: str) -> Value:
        language = self._language
        body = token.strip("\"'`")[:4096]
        if language.interpolation is None or token[0] not in language.interpolated or "$" not in token or token.startswith("<<<'"):
            return Value(body)
        inner = []
        for found in language.interpolation.finditer(token):
            text = found[1]
            if text.split("(")[0].rpartition(".")[2] in language.clean:
                continue
            for name in _NAMES.findall(text.replace("->", "."))[:8]:
                known = self._look(name.partition(".")[0])
                inner.append(known if known is not None else Value(fixed=name.isupper(), input=self._source(name), name=name))
        return (
            merged([Value(language.interpolation.sub(" ", body)), *(value._replace(text="", name="") for value in inner)], joined=True)
            if inner
            else Value(body)
        )

    # ------------------------------------------------------------------------------------------------------- brackets

    def _push(self, frame: _Frame) -> None:
        if len(self._frames) > DEPTH:
            raise ValueError("brackets within brackets, deeper than anyone writes them")
        self._frames.append(frame)

    def _open_parenthesis(self, operand: Value | None, before_kind: str, before: str, line: int) -> None:
        frame = self._frames[-1]
        defined, self._defined = self._defined, ""
        callee = operand.name if operand is not None and (before_kind == "name" or before in ")]") and before not in _CONTROL else ""
        if defined and defined != "?":
            self._push(_Frame("(", line=line, definition=defined))
        elif defined:
            self._push(_Frame("(", line=line, definition="function"))
        else:
            receiver = UNKNOWN
            if callee and frame.pieces.values:
                receiver = frame.pieces.values.pop()
            self._push(_Frame("(", callee, line, receiver))

    def _open(self, token: str, before: str, before_kind: str, operand: Value | None, line: int) -> None:
        frame, language = self._frames[-1], self._language
        if token == "[":
            self._push(
                _Frame("[", callee=operand.name if (operand is not None and before_kind != "op") or (before in ")]" and operand is not None) else "")
            )
            return
        is_object = (before in _BEFORE_OBJECT and before != "=>") or before == "return" or before in _DECLARES
        if language.id == "go":
            is_object = is_object or (
                ((before_kind == "name" and before[:1].isupper()) or before == "]")
                and frame.first not in {"if", "for", "switch", "func", "type", "select", "else"}
            )
        if language.id in ("java", "php") and before == "=":
            is_object = True
        pushed = _Frame("{", line=line, block=not is_object, definition=frame.definition)
        if is_object:
            pushed.callee = operand.name if operand is not None and before_kind == "name" else ""
        elif not language.shared:
            pushed.scope = dict(self._pending)
            self._pending = {}
            self._scopes.append(pushed.scope)
        elif frame.definition or frame.first in ("function", "public", "private", "protected", "static", "final", "abstract"):
            pushed.scope = {}
            self._scopes.append(pushed.scope)
        self._push(pushed)

    def _close(self, token: str) -> Value | None:
        if len(self._frames) == 1:
            return None
        frame = self._frames[-1]
        if frame.block:
            self._end()
        else:
            self._argument(frame)
        self._frames.pop()
        if frame.scope is not None:
            self._scopes.pop()
        parent = self._frames[-1]
        language = self._language
        if frame.block:
            if frame.definition or parent.definition:
                self.functions.append((frame.definition or parent.definition, frame.line, frame.tokens == 1 and token == "}"))
            parent.definition = ""
            if parent.block and not language.lines:
                self._end()
            elif not parent.block:
                parent.pieces.add(UNKNOWN)
            return UNKNOWN
        if frame.definition:
            parent.definition = frame.definition
            return None
        value = merged(frame.arguments) if frame.arguments else FIXED
        if frame.bracket == "(" and frame.callee:
            call = Call(frame.callee, frame.line, tuple(frame.arguments), frame.named, frame.receiver)
            self.calls.append(call)
            value = self._result(call)
            if parent.block and language.id == "java":
                parent.definition = call.last
        elif frame.bracket == "(" and len(frame.arguments) == 1 and frame.arguments[0].name.lower() in _NUMERIC:
            parent.pieces.clean = True
            return None
        elif frame.bracket == "[" and frame.callee:
            if parent.pieces.values:
                indexed = parent.pieces.values[-1]
                parent.pieces.values[-1] = value = indexed._replace(
                    name=f"{frame.callee[-NAME:]}[]", input=stronger((indexed.input, self._source(frame.callee)))
                )
            return value
        elif frame.bracket in "[{":
            value = value._replace(built=False, name="", text="" if frame.bracket == "{" else value.text)
            parent.pieces.names += frame.pieces.names
        parent.pieces.add(value)
        return value

    def _result(self, call: Call) -> Value:
        language, last = self._language, call.last.removeprefix("new ")
        every = list(call.arguments)
        name = f"{call.name[-NAME:]}()"
        if last in language.clean:
            return FIXED._replace(name=name)
        if last in language.build:
            text = every[0].text if every else ""
            plain = "%" in text and not re.search(r"%[-+\d.$]*[svq@]", text) and last != "append"
            return (
                FIXED._replace(text=text)
                if plain
                else merged((*((call.receiver,) if call.receiver.text or call.receiver.input else ()), *every), joined=True)._replace(name="")
            )
        if last in language.carry:
            return merged(every or (call.receiver,))._replace(name=name)
        word = stronger((self._source(call.name), call.receiver.input))
        if call.receiver.built or call.receiver.input or (call.receiver.fixed and call.receiver.text):
            return call.receiver._replace(name=name, input=word)
        return Value(fixed=False, input=word, name=name)

    # ----------------------------------------------------------------------------------------------------- statements

    def _operator(self, token: str, line: int) -> None:
        frame, language = self._frames[-1], self._language
        if token == ";":
            if frame.block:
                self._end()
            else:
                frame.pieces = _Pieces()
        elif token == ",":
            if frame.block:
                if frame.operator:
                    self._end()
            else:
                self._argument(frame)
        elif token in _ASSIGNS and (frame.block or frame.bracket == "("):
            if token == "=" and frame.operator and frame.block:
                return  # a = b = value
            frame.line = line
            self._assign(frame, token)
        elif (token == ":" and not frame.block and frame.key is None and frame.pieces.values) or (
            token == "=>" and language.id == "php" and not frame.block
        ):
            self._key(frame, line)
        elif token in language.joins:
            frame.pieces.joined = True
        elif token == "@":
            self._annotated = self._annotation()
        elif token in ("?", "||", "&&", "??"):
            frame.pieces.joined = frame.pieces.joined and len(frame.pieces.values) > 1

    def _annotation(self) -> bool:
        return self._annotated or bool(self._language.annotations)

    def _key(self, frame: _Frame, line: int) -> None:
        last = frame.pieces.values[-1] if frame.pieces.values else FIXED
        frame.key = last.text or last.name
        frame.line = line if frame.bracket != "(" else frame.line
        frame.pieces = _Pieces()

    def _assign(self, frame: _Frame, token: str) -> None:
        pieces = frame.pieces
        last = pieces.values[-1] if pieces.values else FIXED
        frame.targets = pieces.names[:16] if pieces.names else []
        if last.name and "." in last.name:
            frame.targets = [last.name]
        elif len(frame.targets) > 1 and not self._language.lines:
            frame.targets = frame.targets[-1:]  # Type name = …
        frame.operator = token
        frame.taken_apart = bool(frame.targets) and not last.name
        frame.pieces = _Pieces()
        if token in ("+=", ".="):
            frame.pieces.joined = True
            frame.pieces.values += [known for name in frame.targets if (known := self._look(name)) is not None]

    def _argument(self, frame: _Frame) -> None:
        """End one argument, or one entry of an object or list."""
        if frame.operator:
            self._bind(frame)
        pieces = frame.pieces
        if not pieces.values and frame.key is None:
            return
        value = pieces.value()
        if frame.key is not None:
            self.settings.append(Setting(frame.key, value, frame.line or (bisect_right(self._lines, 0) + 1)))
            if frame.bracket == "(":
                frame.named[frame.key] = value
        frame.arguments.append(value)
        names = pieces.names
        frame.pieces, frame.key = _Pieces(), None
        if frame.bracket in "{[":
            frame.pieces.names = names

    def _end(self) -> None:
        """End a statement."""
        frame = self._frames[-1]
        if frame.operator:
            self._bind(frame)
        if frame.first in _INCLUDES and self._language.id == "php":
            self.calls.append(Call(frame.first, frame.line, (merged(frame.pieces.values, frame.pieces.joined),)))
        frame.pieces, frame.key, frame.first, frame.targets = _Pieces(), None, "", []
        if not self._language.lines:
            frame.definition = ""

    def _bind(self, frame: _Frame) -> None:
        value = frame.pieces.value()
        whole = value.name
        for name in frame.targets:
            self.settings.append(Setting(name, value, frame.line))
            if "." in name:
                continue
            current = self._scopes[-1]
            home = current if self._language.shared else next((scope for scope in reversed(self._scopes) if name in scope), current)
            before = home.get(name)
            if frame.taken_apart and value.name:
                value = value._replace(name=f"{whole[-NAME:]}.{name}")
            nested = home is not current or (self._language.shared and frame.scope is None)
            home[name] = value if before is None or not nested else merged((before, value))._replace(built=before.built or value.built)
        frame.operator, frame.targets = "", []


def read(data: bytes, language: Language) -> Code:
    """Return what a file calls and sets. Raises `ValueError` where it is generated, or nested too deep."""
    text = data.decode("utf-8", "replace")
    if max(map(len, text.splitlines()), default=0) > LONGEST:
        raise ValueError("its lines are longer than anyone writes them: it was generated")
    start = 0
    if language.id == "php":
        opened = re.search(r"<\?(?:php|=)", text)
        if opened is None:
            return Code(language.id, (), ())
        start = opened.end()
    reader = _Reader(language, text)
    reader.run(start)
    return Code(language.id, tuple(reader.calls), tuple(reader.settings), tuple(reader.functions))
