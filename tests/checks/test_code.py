"""The application's own code is judged, and nobody else's; hostile code costs little and is said."""

from __future__ import annotations

import contextlib
import time
from io import BytesIO

import pytest

from pratique.catalog.code import is_test, own
from pratique.catalog.observer import Member
from pratique.catalog.plan import Plan
from pratique.formats.code.language import LANGUAGES
from pratique.formats.code.read import ENDINGS
from pratique.formats.code.values import LIMIT
from pratique.inspection.registry import _coder, file_checks
from pratique.model import Confidence, Kind, Mark

CHECKS = [check for check in file_checks() if check.kind is Kind.CODE]
BAD = b'import os\nfrom flask import request\ndef f():\n    os.system("a" + request.args["b"])\n'


def marks(path: str, data: bytes) -> list[tuple[str, int | None, Confidence | None]]:
    observer = _coder(CHECKS)
    if not Plan.compile([observer]).named(path):
        return []
    assert observer.see is not None
    return [
        (fact.rule, fact.line, fact.confidence) for fact in observer.see(Member(path, "f", size=len(data)), BytesIO(data)) if isinstance(fact, Mark)
    ]


def test_every_family_speaks_of_a_weakness_and_most_languages() -> None:
    assert len(CHECKS) >= 9
    for check in CHECKS:
        assert any(alias.startswith("CWE-") for alias in check.aliases)
        shown = {ENDINGS["." + sample.path.rpartition(".")[2]] for sample in check.catches}
        assert len(shown) >= 4, check.id
        assert {ENDINGS["." + sample.path.rpartition(".")[2]] for sample in check.passes} >= shown - {"go"}, check.id


@pytest.mark.parametrize("path", ["app/main.py", "srv/shop/lib/x.py", "usr/src/app/x.py", "home/me/go/src/x.py", "usr/share/nginx/html/x.py", "x.py"])
def test_the_applications_code_is_judged(path: str) -> None:
    assert marks(path, BAD) == [("command-injection", 4, Confidence.HIGH)]


@pytest.mark.parametrize(
    "path",
    [
        "usr/lib/python3.11/os.py",
        "usr/local/lib/python3.12/site-packages/x/y.py",
        "usr/lib/python3/dist-packages/x.py",
        "app/.venv/lib/python3.11/site-packages/x.py",
        "app/node_modules/x/setup.py",
        "app/vendor/x/y.py",
        "root/go/pkg/mod/x@v1/y.py",
        "usr/local/go/misc/x.py",
        "var/lib/gems/3.1.0/gems/x/y.py",
        "root/.m2/x.py",
        "usr/share/gdb/auto-load/x.py",
        "app/a.jar!/x.py",
        "app/x_pb2.py",
    ],
)
def test_the_code_of_dependencies_is_not(path: str) -> None:
    assert not own(path)
    assert marks(path, BAD) == []


@pytest.mark.parametrize("path", ["app/tests/x.py", "app/test_x.py", "app/x_test.py", "app/examples/x.py", "app/x.spec.ts", "src/FooTest.java"])
def test_what_tests_do_is_less_sure(path: str) -> None:
    assert is_test(path)
    if path.endswith(".py"):
        assert marks(path, BAD) == [("command-injection", 4, Confidence.LOW)]


@pytest.mark.parametrize("path", ["app/latest/x.py", "app/contest.py", "app/attest/y.py", "app/inspect.py"])
def test_what_only_sounds_like_a_test_is_none(path: str) -> None:
    assert not is_test(path)


def test_words_in_comments_and_strings_are_no_code() -> None:
    assert marks("a.js", b"// child_process exec('a' + req.query.b)\nconst s = \"exec('a' + req.query.b)\"\n/* eval(req.body.x) */\n") == []
    assert marks("a.php", b"system($_GET['a']); <?php # eval($_GET['a'])\n// eval($_GET['a'])\n$a = 'eval($_GET[\"a\"])'; ?> eval($_GET['a']);") == []
    assert marks("a.java", b'class A { String s = "Runtime"; /* Runtime.getRuntime().exec("a" + args[0]); */ }') == []


def test_flow_is_followed_within_a_function_and_not_into_another() -> None:
    two = b'import os\nfrom flask import request\ndef a():\n    x = request.args["x"]\ndef b(x):\n    os.system(x)\n'
    assert marks("a.py", two) == []
    branch = b'import os\nfrom flask import request\ndef a(c):\n    x = request.args["x"]\n    if c:\n        x = "a"\n    os.system(x)\n'
    assert marks("a.py", branch) == [("command-injection", 7, Confidence.HIGH)]
    anew = b'import os\nfrom flask import request\ndef a():\n    x = request.args["x"]\n    x = "a"\n    os.system(x)\n'
    assert marks("a.py", anew) == []
    scopes = b"const cp = require('child_process')\nfunction a(req) { const x = req.query.x }\nfunction b(x) { cp.exec(x) }\n"
    assert marks("a.js", scopes) == []


@pytest.mark.parametrize(
    "data", [b"import pickle\nprint 'eval(' + a\n", b"eval(\0)", b"eval(" * 1000, b"eval(a" + b".a()" * 60_000 + b")", b"eval('\xff')\n"]
)
def test_python_that_cannot_be_read_is_said(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        marks("a.py", data)


def test_what_was_generated_is_said() -> None:
    with pytest.raises(ValueError, match="generated"):
        marks("a.js", b"eval(a);" * 5000)


N = 60_000
REPEATED = [
    b"(",
    b"{",
    b"[",
    b'"',
    b"'",
    b"`",
    b"/*",
    b"=/",
    b"=/[",
    b"`${",
    b'"\\',
    b"a.b()",
    b".b",
    b"a+",
    b"a=a+a;",
    b"let a=1;",
    b"<<<A\n",
    b"?>",
    b'"$a"',
    b"{$a",
    b"@",
    b"\n",
    b"\0",
    b"\xff",
    b"a,",
    b"a:b,",
    b"f(a",
    b"if(a){",
    b"}",
]


@pytest.mark.parametrize("language", [*LANGUAGES, "python"])
def test_hostile_code_costs_little(language: str) -> None:
    ending = next(ending for ending, name in ENDINGS.items() if name == language)
    words = b'import pickle, eval exec; ObjectInputStream Runtime ScriptEngine "text/template" unserialize child_process\n'
    for piece in REPEATED:
        body = piece * min(N // len(piece), LIMIT)
        lines = b"\n".join(body[at : at + 19_000] for at in range(0, len(body), 19_000))
        data = (b"<?php " if language == "php" else b"") + words + lines
        begun = time.process_time()
        with contextlib.suppress(ValueError):
            marks(f"a{ending}", data)
        assert time.process_time() - begun < 3, piece
