"""`.dockerignore`, by the reference's examples, and that no pattern explodes."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.dockerfile.build import Context, ContextFile
from pratique.dockerfile.ignore import MAX_PATTERNS, glob, parse


@pytest.mark.parametrize(
    ("text", "ignored", "kept"),
    [
        ("# comment\n*/temp*", ["a/temporary.txt", "a/temp"], ["temp", "a/b/temp"]),
        ("*/*/temp*", ["a/b/temporary.txt"], ["a/temp"]),
        ("temp?", ["tempa", "tempb/x"], ["temp", "tempab"]),
        ("**/*.go", ["a.go", "a/b/c.go"], ["a.goo"]),
        ("*.md\n!README.md", ["x.md"], ["README.md", "a/x.md"]),
        ("*.md\n!README*.md\nREADME-secret.md", ["README-secret.md"], ["README-a.md"]),
        ("*.md\nREADME-secret.md\n!README*.md", ["x.md"], ["README-secret.md"]),
        ("/a/b/", ["a/b", "a/b/c"], ["b", "a/bc"]),
        ("a/../b\n./c", ["b/x", "c"], ["a"]),
        ("node_modules", ["node_modules/a/b"], ["x/node_modules/a"]),
        ("**/node_modules", ["node_modules/a", "x/y/node_modules/a"], ["node_modules_"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb"]),
        ("a/**", ["a/b", "a/b/c"], ["b"]),
        ("[a-c]x\n[^d]y", ["bx", "ey"], ["dx", "dy"]),
        ("\\#a\n\\!b\na\\*", ["#a", "!b", "a*"], ["ab"]),
        ("*", ["a", "b/c"], []),
        ("*\n!a/b", ["a/c", "x"], ["a/b/c"]),
        ("", [], ["a"]),
        (" a \n! a/b", ["a/c"], ["a/b"]),
    ],
)
def test_patterns_of_the_reference(text: str, ignored: list[str], kept: list[str]) -> None:
    ignore = parse(text)
    assert [path for path in ignored if not ignore.ignores(path)] == []
    assert [path for path in kept if ignore.ignores(path)] == []


@settings(max_examples=300)
@given(st.text(alphabet="ab*?/", max_size=7), st.text(alphabet="ab/", min_size=1, max_size=8))
def test_a_glob_agrees_with_the_regular_expression_it_stands_for(pattern: str, path: str) -> None:
    cleaned = "/".join(part for part in pattern.split("/") if part)
    expression = re.sub(r"\*\*/|\*\*|\*|\?", lambda m: {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}[m[0]], cleaned)
    assert glob(pattern, path) == (re.fullmatch(f"(?:{expression})(?:/.*)?", path) is not None)


def test_patterns_that_explode_elsewhere_do_not_here() -> None:
    began = time.monotonic()
    ignore = parse("\n".join(["*a" * 300 + "b", "**/a" * 150 + "/b", "**" * 300, "a?" * 300, "[a-a]*" * 150]))
    for _ in range(20):
        ignore.ignores("a" * 2_000 + "/" + "a/" * 900 + "c")
    assert time.monotonic() - began < 5


def test_what_is_too_much_is_said() -> None:
    ignore = parse("x\n" * (MAX_PATTERNS + 5) + "y" * 300_000)
    assert len(ignore.patterns) == MAX_PATTERNS
    assert len(ignore.faults) == 2


def test_a_copy_takes_what_is_not_ignored() -> None:
    context = Context(tuple(map(ContextFile, ["a/b", "a/.env", "c.py", "d/e.py"])), parse("**/.env"), True)
    assert [file.path for file in context.taken(".")] == ["a/b", "c.py", "d/e.py"]
    assert [file.path for file in context.taken("./a/")] == ["a/b"]
    assert [file.path for file in context.taken("*.py")] == ["c.py"]
