"""Python (docs.python.org, "The Python Language Reference"), by the standard library's own parser: nothing is imported or run."""

from __future__ import annotations

import ast
import re
import warnings
from collections import ChainMap
from collections.abc import Iterable
from typing import TypeAlias

from pratique.formats.code.values import (
    ARGUMENTS,
    ENVIRONMENT,
    FIXED,
    NAME,
    REQUEST,
    UNKNOWN,
    Call,
    Code,
    Setting,
    Value,
    merged,
    nested_too_deep,
    stronger,
)

FILE = "<code of an image>"
_QUIET = re.compile(re.escape(FILE))
Names: TypeAlias = "ChainMap[str, Value]"

_REQUEST = re.compile(
    r"(?:.*\.)?req(?:uest)?\.(?:args|form|values|json|data|cookies|headers|files|query_params|query_string|path_params|params|GET|POST|COOKIES|META|FILES|"
    r"body|get_json|get_data|match_info|rel_url|query|text|post|url|path|full_path|stream|media|get_param)\b"
)
_SOURCES = {"sys.argv": ARGUMENTS, "os.environ": ENVIRONMENT, "os.environb": ENVIRONMENT, "os.getenv": ENVIRONMENT, "input": ARGUMENTS}
_ROUTES = frozenset({"route", "get", "post", "put", "patch", "delete", "websocket"})
"""Decorators of Flask, FastAPI and their like: the parameters of what they decorate come from the request."""
_CLEAN = frozenset(
    [
        "int",
        "float",
        "bool",
        "len",
        "abs",
        "round",
        "ord",
        "hash",
        "id",
        "UUID",
        "quote",
        "quote_plus",
        "escape",
        "basename",
        "secure_filename",
        "safe_join",
        "quote_ident",
        "Identifier",
        "Literal",
        "Placeholder",
    ]
)
"""What gives nothing that could break out of a text: numbers, and what was quoted for its purpose."""
_CARRY = frozenset(
    [
        "str",
        "bytes",
        "bytearray",
        "list",
        "tuple",
        "set",
        "dict",
        "sorted",
        "reversed",
        "join",
        "abspath",
        "realpath",
        "normpath",
        "expanduser",
        "loads",
        "b64decode",
        "unquote",
        "unquote_plus",
        "text",
        "dedent",
        "Path",
        "PurePath",
        "fspath",
    ]
)
"""What hands on the text it is given."""


def read(data: bytes) -> Code:
    """Return what a file calls and sets. Raises `ValueError` where it is no Python of this version, or nested too deep."""
    if nested_too_deep(data):
        raise ValueError("brackets within brackets, deeper than anyone writes them")
    if not any(entry[3] is _QUIET for entry in warnings.filters[:1]):
        warnings.filters.insert(0, ("ignore", None, Warning, _QUIET, 0))  # type: ignore[attr-defined] # what the code warns of is its author's affair; by file name, for other threads
    try:
        tree = ast.parse(data, FILE)
        reader = _Reader()
        reader.body(tree.body, ChainMap(), nested=False)
    except SyntaxError as fault:
        raise ValueError(f"no Python that this version reads (line {fault.lineno})") from None
    except (RecursionError, MemoryError, UnicodeError):
        raise ValueError("this code is deeper or larger than can be read") from None
    return Code("python", tuple(reader.calls), tuple(reader.settings), tuple(reader.functions))


class _Reader:
    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.settings: list[Setting] = []
        self.functions: list[tuple[str, int, bool]] = []
        self._imports: dict[str, str] = {}

    # ----------------------------------------------------------------------------------------------------- statements

    def body(self, statements: Iterable[ast.stmt], names: Names, nested: bool) -> None:
        for statement in statements:
            self._statement(statement, names, nested)

    def _statement(self, node: ast.stmt, names: Names, nested: bool) -> None:
        match node:
            case ast.Import():
                self._imports.update((a.asname or a.name.partition(".")[0], a.name if a.asname else a.name.partition(".")[0]) for a in node.names)
            case ast.ImportFrom():
                self._imports.update((a.asname or a.name, f"{node.module}.{a.name}" if node.module else a.name) for a in node.names)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, names)
            case ast.ClassDef():
                for each in (*node.decorator_list, *node.bases):
                    self._value(each, names)
                self.body(node.body, names.new_child(), nested=False)
            case ast.Assign():
                value = self._value(node.value, names)
                for target in node.targets:
                    self._bind(target, value, names, nested)
            case ast.AnnAssign(value=ast.expr()):
                assert node.value is not None
                self._bind(node.target, self._value(node.value, names), names, nested)
            case ast.AugAssign():
                before = self._value(node.target, names)
                self._bind(node.target, merged((before, self._value(node.value, names)), joined=True), names, nested=False)
            case ast.For() | ast.AsyncFor():
                self._bind(node.target, self._value(node.iter, names), names, nested)
                self.body((*node.body, *node.orelse), names, nested=True)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    value = self._value(item.context_expr, names)
                    if item.optional_vars is not None:
                        self._bind(item.optional_vars, value, names, nested)
                self.body(node.body, names, nested)
            case ast.If() | ast.While():
                self._value(node.test, names)
                self.body((*node.body, *node.orelse), names, nested=True)
            case ast.Try() | ast.TryStar():
                self.body(node.body, names, nested)
                for handler in node.handlers:
                    self.body(handler.body, names, nested=True)
                self.body((*node.orelse, *node.finalbody), names, nested=True)
            case ast.Match():
                self._value(node.subject, names)
                for one in node.cases:
                    self.body(one.body, names, nested=True)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._value(child, names)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, names: Names) -> None:
        routed = False
        for decorator in node.decorator_list:
            self._value(decorator, names)
            if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.func.attr in _ROUTES:
                first = decorator.args[0] if decorator.args else None
                routed = routed or (isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.startswith("/"))
        for default in (*node.args.defaults, *(each for each in node.args.kw_defaults if each is not None)):
            self._value(default, names)
        inner = names.new_child()
        numeric = {"int", "float", "bool", "UUID"}
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            typed = isinstance(argument.annotation, ast.Name | ast.Attribute) and _last(argument.annotation) in numeric
            depends = argument.arg in {"self", "request", "req", "db", "session", "response"}
            inner[argument.arg] = FIXED if typed else Value(fixed=False, input=REQUEST if routed and not depends else "", name=argument.arg)
        self.functions.append((node.name, node.lineno, all(isinstance(each, ast.Pass) for each in node.body)))
        self.body(node.body, inner, nested=False)

    def _bind(self, target: ast.expr, value: Value, names: Names, nested: bool) -> None:
        match target:
            case ast.Name():
                before = names.maps[0].get(target.id) if nested else None
                names[target.id] = value if before is None else merged((before, value))._replace(built=before.built or value.built)
                self.settings.append(Setting(self._imports.get(target.id, target.id), value, target.lineno))
            case ast.Tuple() | ast.List():
                for each in target.elts:
                    self._bind(each, value, names, nested)
            case ast.Starred():
                self._bind(target.value, value, names, nested)
            case ast.Attribute():
                self.settings.append(Setting(self._value(target, names).name, value, target.lineno))
            case ast.Subscript():
                if isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str):
                    self.settings.append(Setting(target.slice.value, value, target.lineno))

    # ---------------------------------------------------------------------------------------------------- expressions

    def _values(self, nodes: Iterable[ast.expr | None], names: Names) -> list[Value]:
        return [self._value(node, names) for node in nodes if node is not None]

    def _value(self, node: ast.expr, names: Names) -> Value:
        match node:
            case ast.Constant(value=str() as text):
                return Value(text[:4096])
            case ast.Constant(value=other):
                return Value(name=repr(other)[:40] if isinstance(other, bool | int | None) else "")
            case ast.Name():
                return self._name(node.id, names)
            case ast.Attribute():
                return self._attribute(self._value(node.value, names), node.attr)
            case ast.Subscript():
                value = self._value(node.value, names)
                self._value(node.slice, names)
                return value._replace(name=f"{value.name[-NAME:]}[]", built=False)
            case ast.JoinedStr():
                return merged(self._values(node.values, names), joined=True)
            case ast.FormattedValue():
                return self._value(node.value, names)._replace(text="", name="")
            case ast.BinOp():
                left, right = self._value(node.left, names), self._value(node.right, names)
                if isinstance(node.op, ast.Mult) and (left.fixed or right.fixed) and not (left.input or right.input):
                    return left if left.fixed and left.text else right if right.fixed and right.text else merged((left, right))
                return merged((left, right), joined=isinstance(node.op, ast.Add | ast.Mod | ast.Div))
            case ast.Call():
                return self._call(node, names)
            case ast.List() | ast.Tuple() | ast.Set():
                return merged(self._values(node.elts, names))._replace(built=False, name="") if node.elts else FIXED
            case ast.Dict():
                values = self._values(node.values, names)
                for key, value in zip(node.keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        self.settings.append(Setting(key.value, value, key.lineno))
                return merged([*self._values(node.keys, names), *values])._replace(built=False, name="") if values else FIXED
            case ast.IfExp():
                self._value(node.test, names)
                return merged(self._values((node.body, node.orelse), names))
            case ast.BoolOp():
                return merged(self._values(node.values, names))
            case ast.Compare():
                self._values((node.left, *node.comparators), names)
                return FIXED
            case ast.UnaryOp():
                value = self._value(node.operand, names)
                return FIXED if isinstance(node.op, ast.Not) else value
            case ast.Await() | ast.Starred() | ast.YieldFrom():
                return self._value(node.value, names)
            case ast.NamedExpr():
                value = self._value(node.value, names)
                self._bind(node.target, value, names, nested=True)
                return value
            case ast.Lambda():
                inner = names.new_child({argument.arg: UNKNOWN for argument in node.args.args})
                self._value(node.body, inner)
                return UNKNOWN
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                inner = names.new_child()
                for generator in node.generators:
                    self._bind(generator.target, self._value(generator.iter, inner), inner, nested=False)
                    self._values(generator.ifs, inner)
                elements = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
                return merged(self._values(elements, inner))
            case ast.Yield():
                return merged([*self._values((node.value,), names), UNKNOWN])
            case _:
                self._values((child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)), names)
                return UNKNOWN

    def _name(self, name: str, names: Names) -> Value:
        known = names.get(name)
        if known is not None:
            return known if known.name else known._replace(name=name)
        dotted = self._imports.get(name, name)
        return Value(fixed=name.isupper() and name not in self._imports, input=_source(dotted), name=dotted)

    def _attribute(self, value: Value, attribute: str) -> Value:
        dotted = f"{value.name[-NAME:]}.{attribute[:NAME]}" if value.name else f".{attribute}"
        constant = attribute.isupper() and not _REQUEST.match(dotted)
        return Value("", constant and not value.input, False, stronger((value.input, _source(dotted))), dotted)

    def _call(self, node: ast.Call, names: Names) -> Value:
        if isinstance(node.func, ast.Attribute):
            receiver = self._value(node.func.value, names)
            function = self._attribute(receiver, node.func.attr)
        else:
            receiver, function = UNKNOWN, self._value(node.func, names)
        arguments = tuple(self._values(node.args, names))
        named = {keyword.arg or "**": self._value(keyword.value, names) for keyword in node.keywords}
        call = Call(function.name, node.lineno, arguments, named, receiver)
        self.calls.append(call)
        return _result(call, isinstance(node.func, ast.Attribute))


def _result(call: Call, method: bool) -> Value:
    last, every = call.last, (*call.arguments, *call.named.values())
    result = Value(fixed=False, name=f"{call.name[-NAME:]}()", input=_source(call.name))
    if last in _CLEAN:
        return FIXED._replace(name=result.name)
    if method and last == "format":
        return merged((call.receiver, *every), joined=True)
    if method and last == "join" and call.receiver.fixed and call.receiver.name == "":
        return merged((call.receiver, *every), joined=not all(value.fixed for value in every))
    if last in _CARRY:
        return merged(every or (result,))._replace(name=result.name)
    if method and call.receiver.fixed and call.receiver.text:
        return merged((call.receiver, *every))._replace(built=False)
    if method and (call.receiver.input or call.receiver.built):
        return call.receiver._replace(name=result.name)
    return result


def _source(dotted: str) -> str:
    for name, word in _SOURCES.items():
        if dotted == name or (dotted.startswith(name) and dotted[len(name)] in ".["):
            return word
    return REQUEST if _REQUEST.match(dotted) else ""


def _last(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr
