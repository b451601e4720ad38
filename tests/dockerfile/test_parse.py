"""What BuildKit's parser does not say: exact places, faults, form, comments."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.dockerfile.edit import Edit, apply, diff, insert
from pratique.dockerfile.parse import MAX_FAULTS, decode, parse
from pratique.dockerfile.pragma import pragmas
from pratique.dockerfile.syntax import Dockerfile, Form, Position, Span


def under(dockerfile: Dockerfile, span: Span) -> str:
    """The characters of the file that a span covers, line ends left out."""
    (line, column), (last, end) = span
    if line == last:
        return dockerfile.lines[line - 1][column - 1 : end - 1]
    return "".join([dockerfile.lines[line - 1][column - 1 :], *dockerfile.lines[line : last - 1], dockerfile.lines[last - 1][: end - 1]])


TEXT = """# escape=\\
# about
ARG V=1

FROM --platform=$BUILDPLATFORM debian:$V AS Build
  env A=1 \\
    # why
    B="x y" C
RUN --mount=type=secret,id=a,target=/x --network=none <<EOF cat
text
EOF
COPY --from=build --chown=1:2 a b /c/
CMD ["x", "y z"]
ONBUILD ADD é /ü
"""


def test_every_word_and_flag_knows_its_place() -> None:
    dockerfile = parse(TEXT)
    for instruction in dockerfile.instructions:
        assert under(dockerfile, instruction.name.span) == instruction.name.raw
        for flag in instruction.flags:
            assert under(dockerfile, flag.span).startswith(f"--{flag.name}")
        for pair in instruction.pairs:
            assert under(dockerfile, pair.name.span) == pair.name.raw
            assert pair.value is None or under(dockerfile, pair.value.span) == pair.value.raw
        if instruction.form is Form.SHELL and instruction.keyword in {"FROM", "COPY"}:
            assert [under(dockerfile, word.span) for word in instruction.arguments] == [word.raw for word in instruction.arguments]
        for heredoc in instruction.heredocs:
            assert under(dockerfile, heredoc.span) == f"<<{heredoc.name}"
            assert heredoc.body.value == "text\n"
            assert heredoc.body.places == (Position(10, 1),)
    run = next(dockerfile.stages[0].runs)
    assert run.all("mount")[0].fields == {"type": "secret", "id": "a", "target": "/x"}
    assert [comment.text for comment in dockerfile.stages[0].instructions[0].comments] == ["why"]
    assert dockerfile.stages[0].name == "build"
    assert [directive.name for directive in dockerfile.directives] == ["escape"]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='FROM a\\\n#"<EOF\t\r`=[]$', max_size=120))
def test_whatever_is_in_the_file_it_is_read(text: str) -> None:
    dockerfile = parse(text)
    for instruction in dockerfile.instructions:
        assert Position(1, 1) <= instruction.span.start <= instruction.span.end
        assert instruction.span.end.line <= len(dockerfile.lines)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("ARG x", "no-from"),
        ("RUN x\nFROM a", "before-from"),
        ("FROM a b", "bad-from"),
        ("FROM a AS 1x", "bad-stage-name"),
        ("FROM", "missing-argument"),
        ("FROM a\nRUN --mont=x y", "unknown-flag"),
        ("FROM a\nFETCH x", "unknown-instruction"),
        ("FROM a\nENV A", "missing-argument"),
        ("FROM a\nENV A=1 B", "no-equals-sign"),
        ("FROM a\nONBUILD ONBUILD RUN x", "bad-trigger"),
        ("FROM a\nHEALTHCHECK x", "bad-healthcheck"),
        ("# escape=x\nFROM a", "bad-escape"),
        ("# escape=`\n# escape=`\nFROM a", "directive-twice"),
        ("# check=skip=all\n# escape=`\nFROM a\nRUN a `\n b", ""),
        ("# syntax=docker/dockerfile:1.7-labs\nFROM a\nCOPY --parents --exclude=x a b", ""),
    ],
)
def test_what_a_builder_refuses_is_a_fault(text: str, fault: str) -> None:
    assert [found.id for found in parse(text).faults] == ([fault] if fault else [])


def test_faults_are_bounded() -> None:
    assert len(parse("FETCH x\n" * 1_000).faults) == MAX_FAULTS


def test_bytes_that_are_no_text_are_kept() -> None:
    dockerfile = parse(decode(b"\xef\xbb\xbfFROM a\r\nRUN echo \xff\r\n"))
    assert dockerfile.faults == ()
    assert next(dockerfile.stages[0].runs).text.value.encode("utf-8", "surrogateescape") == b"echo \xff"


def test_edits_are_made_where_they_say_and_never_twice() -> None:
    lines = ("RUN a", "RUN b \\", "  c")
    edits = [
        Edit(Span(Position(1, 1), Position(1, 4)), "run"),
        Edit(Span(Position(1, 2), Position(1, 3)), "X"),
        Edit(Span(Position(2, 7), Position(3, 3)), ""),
        insert(Position(1, 6), "\nUSER 1"),
        Edit(Span(Position(9, 1), Position(9, 2)), "outside"),
    ]
    made = apply(lines, edits)
    assert made in {("run a", "USER 1", "RUN b c"), ("RXN a", "USER 1", "RUN b c")}
    assert diff(lines, made, "Dockerfile").startswith("--- a/Dockerfile\n+++ b/Dockerfile\n")
    assert diff(lines, lines, "Dockerfile") == ""


def test_pragmas_belong_to_what_follows_them() -> None:
    head = "# check=skip=A\nFROM a\n# pratique ignore=x, DL1 because\nRUN a \\\n # hadolint ignore=y\n b\n\n"
    found = pragmas(parse(f"{head}# hadolint ignore=z\n\nRUN c\n# hadolint global ignore=w\n"))
    assert [(sorted(pragma.names), pragma.span and pragma.span.start.line, pragma.reason) for pragma in found] == [
        (["a"], None, "# check=skip"),
        (["w"], None, ""),
        (["dl1", "x"], 4, "because"),
        (["y"], 4, ""),
    ]
    assert found[2].covers(["DL1"], 6)
    assert not found[2].covers(["DL1"], 2)
