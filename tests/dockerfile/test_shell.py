"""What a RUN runs, held against a real shell where one can answer."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from conftest import need
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.dockerfile.command import Command
from pratique.dockerfile.shell import MAX_COMMANDS, split
from pratique.dockerfile.sketch import sketch
from pratique.dockerfile.syntax import Instruction


def programs(text: str) -> list[str]:
    return [command.program for command in split(text).commands]


def run(text: str) -> Instruction:
    return next(sketch(text).stages[0].each("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a && b || c; d & e", ["a", "b", "c", "d", "e"]),
        ("sudo -E -u me env -i X=1 /usr/bin/curl x", ["curl"]),
        ("time nice -n 5 timeout -k 3 10 nohup wget x", ["wget"]),
        ("command -v curl", ["command"]),
        ("if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
        ("for i in x y; do a $i; done; b", ["a", "b"]),
        ("while ! a; do b; done < c", ["a", "b", ""]),
        ("case $x in a|b) c;; (d) e;; *) f; esac; g", ["c", "e", "f", "g"]),
        ("f() { a; }; f", ["a", "f"]),
        ("(a; b) | { c; d; }", ["a", "b", "c", "d"]),
        ("[[ a < b && c || d ]] && e", ["[[", "e"]),
        ("((i++)) && a $((1 + (2)))", ["a"]),
        ("X=$(a | b) Y=`c`", ["", "a", "b", "c"]),
        ('a "$(b "$(c)")" \'$(d)\' \\$\\(e\\)', ["a", "b", "c"]),
        ("a # b; c\nd", ["a", "d"]),
        ("a#b; c", ["a#b", "c"]),
        ("sh -ec 'a; b'", ["sh", "a", "b"]),
        ("bash -o pipefail -c 'a | b' c", ["bash", "a", "b"]),
        ("su - me -c 'a'", ["su", "a"]),
        ("eval a b", ["eval", "a"]),
        ("bash script -c a", ["bash"]),
        ("cat <<A | b\nx; y\nA\nc", ["cat", "b", "c"]),
        ("bash <<A\nx; y\nA\nc", ["bash", "x", "y", "c"]),
        ("sh <<< 'a; b'", ["sh", "a", "b"]),
        ("a 2>&1 >b &>c <d", ["a"]),
        ("a ${b:-$(c)} ${d#${e}}", ["a", "c"]),
        ("arr=(a b); c", ["", "c"]),
        (") } fi a", ["a"]),
    ],
)
def test_commands_are_told_apart(text: str, expected: list[str]) -> None:
    assert programs(text) == expected


def test_a_pipe_is_followed_out_of_groups_and_into_them() -> None:
    commands = split("(a; b) | tee x | { c; d; }").commands
    names = {command.program: command for command in commands}
    assert [reader.program for reader in names["a"].downstream()] == ["tee", "c", "d"]
    assert [reader.program for reader in names["b"].pipes_to] == ["tee"]
    assert not names["d"].pipes_to


def test_options_are_found_however_they_are_written() -> None:
    command = split("apt-get -qy --no-install-recommends -o=x --target=/a -t /b install curl -- -n").commands[0]
    assert command.has("-y", "--yes")
    assert command.has("--no-install-recommends")
    assert not command.has("-n")
    assert command.value("--target") == "/a"
    assert command.value("-t") == "/b"
    assert command.subcommand == "/b"
    assert [word.text for word in command.operands] == ["/b", "install", "curl", "-n"]


def test_every_command_knows_its_place() -> None:
    text = "RUN set -e; \\\n  # why\n  curl x \\\n    -o y && sh -c 'echo \"hi\" | cat'\n"
    build = sketch(text)
    lines = build.dockerfile.lines
    instruction = next(build.stages[0].runs)
    for command in instruction.commands():
        (line, column), _ = command.span
        assert command.head is not None
        assert lines[line - 1][column - 1 :].startswith(command.head.raw), command
    assert [command.program for command in instruction.commands()] == ["set", "curl", "sh", "echo", "cat"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('CMD ["sh", "-c", "a | b"]', ["sh", "a", "b"]),
        ('ENTRYPOINT ["/usr/bin/env", "python3", "x"]', ["python3"]),
        ("HEALTHCHECK --interval=3s CMD a || exit 1", ["a", "exit"]),
        ("HEALTHCHECK NONE", []),
        ("RUN <<EOF\na\nb | c\nEOF", ["a", "b", "c"]),
        ("RUN <<EOF\n#!/usr/bin/env python3\nimport os; os.x()\nEOF", ["python3"]),
        ("RUN <<EOF\n#!/bin/bash -e\na\nEOF", ["a"]),
        ("RUN python3 <<EOF && b\na\nEOF", ["python3", "b"]),
        ("RUN bash <<'A' && cat <<B\na\nA\nb\nB", ["bash", "a", "cat"]),
    ],
)
def test_every_form_is_read(text: str, expected: list[str]) -> None:
    assert [command.program for command in run(text).commands()] == expected


PIECES = """a b ; | && ( ) { } ' " \\ $( ` ${ $(( )) <<A case in esac if fi do done # <( [[ > sh\t-c eval"""
PIECE = st.sampled_from([" ", "\n", *PIECES.split(" ")])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECE, max_size=40))
def test_whatever_is_written_it_ends_and_knows_its_places(pieces: list[str]) -> None:
    text = "".join(pieces)
    for command in split(text).commands:
        (line, column), end = command.span
        assert 1 <= line <= text.count("\n") + 1
        assert column >= 1
        assert (line, column) <= end


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "$(" * 100_000,
        "${a:-" * 100_000,
        "`" * 100_001,
        "a;" * 200_000,
        "a|" * 200_000,
        "'" * 100_001,
        "\\" * 100_001,
        "if " * 100_000,
        "case x in " * 50_000,
        "a <<A " * 50_000,
        "[[ " * 100_000,
        "f() " * 50_000,
        "sh -c \"sh -c '" * 20_000,
        "{ a; } | " * 50_000,
        "((" * 100_000,
        "$((" * 100_000,
        "a=( " * 50_000,
    ],
    ids=lambda text: text[:8],
)
def test_a_script_that_is_too_much_is_bounded(text: str) -> None:
    script = split(text)
    assert len(script.commands) <= MAX_COMMANDS


def test_what_was_cut_is_said() -> None:
    assert "deep" in split("$(" * 100).cut
    assert "commands" in split("a;" * (MAX_COMMANDS + 1)).cut


WORDS = st.lists(st.sampled_from(["a", "b c", "$", "'", '"', "\\", "|", ";", "#", "é", "&"]), min_size=1, max_size=6)


def quotings(parts: list[str]) -> Iterator[str]:
    joined = "".join(parts)
    yield "'" + joined.replace("'", "'\\''") + "'"
    yield '"' + "".join("\\" + char if char in '"\\$`' else char for char in joined) + '"'
    yield "".join("\\" + char for char in joined)


@settings(max_examples=40, deadline=None)
@given(WORDS)
def test_quotes_are_removed_as_a_shell_removes_them(parts: list[str]) -> None:
    shell = need("sh")
    for quoted in quotings(parts):
        answer = subprocess.run([shell, "-c", f"printf %s x{quoted}"], capture_output=True, check=True).stdout.decode()
        command: Command = split(f"printf %s x{quoted}").commands[0]
        assert command.arguments[1].text == answer
        assert len(command.arguments) == 2
