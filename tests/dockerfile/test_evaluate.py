"""Scopes, substitution and stages, by the Dockerfile reference."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.dockerfile.build import Source
from pratique.dockerfile.evaluate import evaluate
from pratique.dockerfile.parse import parse
from pratique.dockerfile.sketch import sketch
from pratique.dockerfile.substitute import MAX_VALUE, Value, substitute

VARIABLES = {"x": "foobarbaz", "e": "", "v": "1.2.3"}


def lookup(name: str) -> Value | None:
    return Value(VARIABLES[name]) if name in VARIABLES else None


FORMS = [
    ("$x", "foobarbaz"),
    ("${x}a$e", "foobarbaza"),
    ("${n:-y}${e:-z}${e-z}", "yz"),
    ("${x:+y}${n:+y}${e:+y}${e+y}", "yy"),
    ("${x#foo}", "barbaz"),
    ("${x#*b}", "arbaz"),
    ("${x##*b}", "az"),
    ("${x%b*}", "foobar"),
    ("${x%%b*}", "foo"),
    ("${x%nothing}", "foobarbaz"),
    ("${v/./-}", "1-2.3"),
    ("${v//./_}", "1_2_3"),
    ("'$x'", "$x"),
    ('"$x"', "foobarbaz"),
    ("\\$x", "$x"),
    ('a"\\$x"b', "a$xb"),
    ("${n:-${e:-$v}}", "1.2.3"),
    ("a\\ b", "a b"),
]


@pytest.mark.parametrize(("word", "expected"), FORMS)
def test_every_form_of_substitution(word: str, expected: str) -> None:
    assert substitute(word, lookup) == Value(expected)


@pytest.mark.parametrize(("word", "expected"), FORMS)
def test_a_shell_agrees(word: str, expected: str) -> None:
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("bash is not installed")
    answer = subprocess.run([shell, "-c", f"printf %s {word}"], env=VARIABLES, capture_output=True, check=True).stdout.decode()
    assert answer == expected


PATTERN = st.text(alphabet="ab*?", max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab/", max_size=8), PATTERN, st.sampled_from(["#", "##", "%", "%%"]))
def test_patterns_match_as_in_a_shell(value: str, pattern: str, operator: str) -> None:
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("bash is not installed")
    word = f"${{x{operator}{pattern}}}"
    answer = subprocess.run([shell, "-c", f'printf %s "{word}"'], env={"x": value}, capture_output=True, check=True).stdout.decode()
    assert substitute(word, lambda _: Value(value)).text == answer


def test_what_a_base_image_may_set_is_not_known() -> None:
    stage = sketch("ENV A=$HOME/x B=1\nUSER $B$A").stages[0]
    assert not stage.setting("USER").known
    assert stage.variable("B").value == Value("1")
    assert [missing.name for missing in stage.missing] == ["HOME"]
    nothing = sketch("FROM scratch\nUSER a$HOME").stages[0]
    assert nothing.setting("USER").words == (Value("a"),)


def test_scopes_of_arg() -> None:
    build = sketch("ARG V=12\nFROM debian:$V AS a\nENV X=$V\nARG V\nENV Y=$V\nFROM a\nENV Z=$Y$V\nARG W\nENV Q=$W")
    first, second = build.stages
    assert first.base.reference == Value("debian:12")
    assert not first.variable("X").value.known  # a global ARG is not seen in a stage that does not declare it
    assert first.variable("Y").value == Value("12")
    assert second.variable("Z").value == Value("1212")  # what a stage declares is seen in those that stand on it
    assert not second.variable("Q").value.known  # whoever builds may give it


def test_env_wins_over_arg_and_one_env_sees_only_what_was_before() -> None:
    stage = sketch("FROM scratch\nENV A=1\nARG A=2\nENV B=$A\nENV A=3 C=$A").stages[0]
    assert [stage.variable(name).value.text for name in "ABC"] == ["3", "1", "1"]


def test_stages_are_followed_to_what_is_shipped() -> None:
    build = sketch(
        "FROM a:1 AS base\nUSER root\nFROM base AS tools\nFROM b:1 AS unused\nFROM c:1 AS Made\nFROM base\n"
        "COPY --from=MADE /x /y\nCOPY --from=1 /x /y\nCOPY --from=nginx:1 /x /y\nRUN --mount=type=bind,from=made,target=/m true"
    )
    assert [stage.shipped for stage in build.stages] == [True, False, False, False, True]
    assert [stage.used for stage in build.stages] == [True, True, False, True, True]
    assert [(origin.source, origin.stage) for origin in build.final.origins] == [
        (Source.STAGE, 3),
        (Source.STAGE, 1),
        (Source.IMAGE, None),
        (Source.STAGE, 3),
    ]
    assert build.final.setting("USER").text == "root"
    assert build.final.setting("USER").instruction.stage == 0


def test_stages_that_name_each_other_end() -> None:
    build = sketch("FROM b AS a\nCOPY --from=b / /\nFROM a AS b\nCOPY --from=a / /\nCOPY --from=b / /\nFROM b AS b")
    assert [stage.index for stage in build.stages if stage.used] == [0, 1, 2]


def test_folders_and_commands_are_inherited() -> None:
    build = sketch('FROM scratch AS a\nWORKDIR /srv\nWORKDIR app\nCMD ["x"]\nSHELL ["/bin/bash", "-c"]\nFROM a\nWORKDIR ../b\nENTRYPOINT ["y"]')
    final = build.final
    assert final.setting("WORKDIR").text == "/srv/b"
    assert final.setting("CMD") is None  # ENTRYPOINT resets it
    assert final.setting("SHELL").text == "/bin/bash -c"
    assert final.setting("WORKDIR", at=final.instructions[0]).text == "/srv/app"


def test_arguments_made_of_arguments_do_not_explode() -> None:
    began = time.monotonic()
    text = "FROM scratch\nARG A=xxxxxxxxxxxxxxxx\n" + "ARG A=$A$A$A$A\n" * 200 + "ARG A=${A//x*x*x/$A}\n" * 200
    build = evaluate(parse(text))
    assert len(build.final.variable("A").value.text) <= MAX_VALUE
    assert not build.final.variable("A").value.known
    wide = "FROM scratch\nARG A=" + "x" * 60_000 + "\n" + "ENV B=$A\n" * 5_000
    assert [fault.id for fault in evaluate(parse(wide)).faults] == ["too-much-substitution"]
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("word", ["${" * 50_000, "${a:-" * 50_000, "$" * 100_000, "'" * 99_999, '"${a' * 30_000, "\\" * 99_999])
def test_hostile_words_end(word: str) -> None:
    began = time.monotonic()
    substitute(word, lookup)
    assert time.monotonic() - began < 5
