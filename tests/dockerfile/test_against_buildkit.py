"""Our parser against BuildKit's own, compiled from Go (`dockerfile` on PyPI): the same instructions, lines, flags, words, or the same refusal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.dockerfile.parse import KEYWORDS, decode, parse
from pratique.dockerfile.syntax import Dockerfile, Form, Instruction

buildkit: Any = pytest.importorskip("dockerfile", reason="the Go parser is not in this environment: make setup")

REFUSED = {"heredoc-without-end", "no-equals-sign", "missing-argument", "not-strings", "directive-twice", "bad-escape", "line-too-long"}
"""Faults for which BuildKit's parser itself gives up; the others are found by what comes after it there."""


def theirs(text: str) -> list[Any] | None:
    """What BuildKit reads; None where it refuses."""
    try:
        return list(buildkit.parse_string(text))
    except buildkit.GoParseError:
        return None


def values(instruction: Instruction) -> tuple[str, ...]:
    """An instruction's words as BuildKit's tree has them: as written, names and values in turn."""
    match instruction.keyword:
        case "ENV" | "LABEL":
            return tuple(text for pair in instruction.pairs for text in (pair.name.raw, pair.value.raw if pair.value else ""))
        case "ARG":
            return tuple(pair.name.raw if pair.value is None else f"{pair.name.raw}={pair.value.raw}" for pair in instruction.pairs)
        case "HEALTHCHECK" if instruction.arguments and instruction.arguments[0].text == "NONE":
            return ("NONE",)
        case _:
            raw = [word.raw for word in instruction.arguments[: instruction.keyword == "HEALTHCHECK"]]
            rest = instruction.arguments[len(raw) :]
            return (*raw, *(word.text if instruction.form is Form.EXEC else word.raw for word in rest))


def compared(text: str) -> None:
    ours = parse(decode(text.encode()))
    expected = theirs(text)
    if expected is None:
        assert {fault.id for fault in ours.faults} & REFUSED, f"BuildKit refuses it, we do not: {text!r}"
        return
    assert not {fault.id for fault in ours.faults} & REFUSED - {"missing-argument"}, f"we refuse it, BuildKit does not: {text!r} {ours.faults}"
    instructions = list(ours.instructions)
    expected = [command for command in expected if command.cmd]
    assert [i.name.raw.upper() for i in instructions] == [command.cmd.upper() for command in expected]
    for instruction, command in zip(instructions, expected, strict=True):
        assert (instruction.span.start.line, instruction.span.end.line) == (command.start_line, command.end_line), command
        trigger = instruction.trigger
        if instruction.keyword == "ONBUILD":
            assert (trigger.name.raw.upper() if trigger else None) == (command.sub_cmd.upper() if command.sub_cmd else None)
            continue
        if instruction.keyword not in KEYWORDS:
            continue
        assert tuple(written(flag.name, flag.value) for flag in instruction.flags) == command.flags, command
        assert (instruction.form is Form.EXEC) == command.json, command
        assert values(instruction) == tuple(value for value in command.value if value or instruction.keyword in {"ENV", "LABEL"} or command.json), (
            command
        )
        bodies = [(h.name, stripped(h.content, ours.strip)) for h, ours in zip(command.heredocs, instruction.heredocs, strict=True)]
        assert [(h.name, h.body.value) for h in instruction.heredocs] == bodies


def stripped(body: str, tabs: bool) -> str:
    """A body as we keep it: carriage returns never, and of `<<-` no tabs. BuildKit takes those away later, when the instruction is dispatched."""
    lines = [line.rstrip("\r") for line in body.split("\n")]
    return "\n".join(line.lstrip("\t") if tabs else line for line in lines)


def written(name: str, value: str | None) -> str:
    return f"--{name}" if value is None else f"--{name}={value}"


BY_HAND = [
    "FROM a\n",
    "from a as b\nrun x\n",
    "FROM a\nRUN a \\\n# c\n\n  b \\\n\n c\nCMD x",
    "FROM a\nRUN a \\",
    "FROM a\nRUN a\\\\\nRUN b",
    "FROM a\nRUN a \\ \t\n b",
    "\ufeffFROM a\n",
    "FROM a\r\nRUN a \\\r\n b\r\n",
    "# escape=`\nFROM a\nRUN dir `\n C:\\\nCOPY a `\n c:\\x\\",
    "# escape=`\n# escape=`\nFROM a",
    "# escape=x\nFROM a",
    "# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN a `\nb",
    "# a comment\n# escape=`\nFROM a\nRUN a \\\nb",
    "\n# escape=`\nFROM a\nRUN a \\\nb",
    "FROM a\nRUN <<EOF\na\n  b\nEOF\nRUN x",
    "FROM a\nRUN <<-EOF\n\ta\n\tEOF\n",
    "FROM a\nRUN <<'A' cat && <<\"B\" tac\n1\nA\n2\nB\n",
    "FROM a\nCOPY <<a <<b /x\n1\na\n2\nb\nUSER x",
    "FROM a\nRUN 3<<EOF\nEOF\n",
    "FROM a\nRUN cat <<<x\nRUN a<<b\nRUN $((1<<2))\n",
    "FROM a\nRUN <<EOF\n",
    'FROM a\nRUN ["a", "<<EOF"]\nCMD x',
    "FROM a\nONBUILD RUN <<EOF\nx\nEOF\nCMD x",
    'FROM a\nONBUILD CMD ["a"]\nonbuild copy a b',
    'FROM a\nENV a b c\nENV a=b c=\'d e\' f="g \\" h" i=j\\ k\nENV a\\ b=c',
    "FROM a\nENV a",
    "FROM a\nENV a=b c",
    "FROM a\nLABEL a b\nLABEL \"a b\"=c 'd'=e",
    "FROM a\nARG a\nARG a=b\nARG a='b c' d\nARG a=\"b\nc",
    'FROM a\nCMD ["a","b"]\nCMD [\'a\']\nCMD ["a" "b"]\nCMD []\nCMD [\nCMD',
    'FROM a\nCMD ["a"] b',
    "FROM a\nRUN [1]",
    'FROM a\nRUN ["\\u0041\\n"]',
    'FROM a\nVOLUME a b\nVOLUME ["a", "b c"]\nEXPOSE 80 443/tcp\nSHELL ["a"]\nSTOPSIGNAL 9\nWORKDIR /a b\nUSER a:b',
    'FROM a\nHEALTHCHECK NONE\nHEALTHCHECK --interval=3s --retries=2 CMD a b\nHEALTHCHECK CMD ["a", "b"]\nHEALTHCHECK cmd a',
    'FROM a\nRUN --mount=type=secret,id=a --mount=type=cache,target="/a b" --network=none x --y\nCOPY --from=a --chown=1:2 --link a b',
    "FROM a\nRUN -- x\nRUN --a\\ b x\nRUN --'a b' x",
    'FROM a\nMAINTAINER a b <c>\nADD a b\nADD ["a b", "c"]\nFOO bar\n',
    "FROM\ta\v\fRUN\n",
    "FROM --platform=$BUILDPLATFORM a AS b\n",
    'FROM a\nRUN a # b \\\n c\nRUN "a\n',
    "FROM a\n  # indented\n\t RUN a \\\n\t# c\n\tb\n",
    "FROM a\nRUN a \\\n   \\\n b\n",
    "FROM a\nRUN é \\\n ü \u00a0x\n",
    "FROM a\n\\\nRUN a\n",
    "FROM a\nRUN a <<Q '\nUSER x\nQ\n",
    "FROM a\nRUN a <<Q ${x\nUSER x\nQ\n",
    "FROM a\nRUN <<\\Q\nQ\nRUN <<a\\ b\na b\nRUN <<$Q\n$Q\n",
    f"FROM a\nRUN {'x' * 65_529}\n",
    f"FROM a\nRUN {'x' * 65_540}\n",
]


@pytest.mark.parametrize("text", BY_HAND, ids=range(len(BY_HAND)))
def test_what_is_written_by_hand_is_read_as_buildkit_reads_it(text: str) -> None:
    compared(text)


WORD = st.sampled_from(
    [
        "a",
        "b=c",
        "'d e'",
        '"f g"',
        "$h",
        "${i:-j}",
        "\\",
        "\\ ",
        "--k=l",
        "--m",
        "[",
        '["n"]',
        '["o", "p"]',
        "<<Q",
        "<<-R",
        "<<'S'",
        "#",
        "&&",
        "|",
        "é",
        '"',
        "'",
        "`",
    ]
)
KEYWORD = st.sampled_from([*sorted(KEYWORDS - {"MAINTAINER"}), "run", "Copy", "FETCH"])
LINE = st.one_of(
    st.builds(
        lambda keyword, words, end: " ".join([keyword, *words]) + end,
        KEYWORD,
        st.lists(WORD, max_size=5),
        st.sampled_from(["", " \\", "\\", "  ", "\r"]),
    ),
    st.sampled_from(["", "  ", "# c", "Q", "R", "\tR", "S", "  x \\", "y", "\\", "# escape=`", "# syntax=docker/dockerfile:1"]),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(LINE, max_size=12))
def test_whatever_is_written_is_read_as_buildkit_reads_it(lines: list[str]) -> None:
    compared("FROM a\n" + "\n".join(lines) + "\n")


def test_the_comparison_can_fail() -> None:
    with pytest.raises(AssertionError):
        compare_other("FROM a\nRUN b\n", parse("FROM a\nRUN c\n"))


def compare_other(text: str, ours: Dockerfile) -> None:
    assert [values(i) for i in ours.instructions] == [tuple(c.value) for c in theirs(text) or ()]
