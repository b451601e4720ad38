"""Input that is run as code, or as a template that can call code, lets whoever gives it run anything (CWE-94, CWE-95, CWE-1336)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from pratique.catalog.code import WANTS, Objection, Text, objections, reached
from pratique.catalog.observer import Member
from pratique.checks.check import FileCheck, Hit, Sample
from pratique.formats.code.values import REQUEST, Code
from pratique.model import Confidence, Kind, Severity

_RUNS = {
    "python": frozenset(
        ["eval", "exec", "compile", "builtins.eval", "builtins.exec", "flask.render_template_string", "jinja2.Template", ".from_string"]
    ),
    "javascript": frozenset(
        ["eval", "new_Function", "Function", "vm.runInNewContext", "vm.runInThisContext", "vm.runInContext", "vm.Script", "setTimeout", "setInterval"]
    ),
    "go": frozenset({".Parse"}),
    "java": frozenset([".eval", ".parseExpression", ".evaluate", ".createValueExpression"]),
    "php": frozenset(["eval", "assert", "create_function", "include", "include_once", "require", "require_once"]),
}
_WORDS = {
    "python": (b"eval", b"exec", b"compile", b"render_template_string", b"Template", b"from_string"),
    "javascript": (b"eval", b"Function", b"runIn", b"vm.Script", b"setTimeout", b"setInterval"),
    "go": (b"text/template", b"html/template"),
    "java": (b"ScriptEngine", b"parseExpression", b"GroovyShell", b"ExpressionFactory"),
    "php": (b"eval", b"assert", b"create_function", b"include", b"require"),
}
_LOUD = frozenset({"eval", "exec"})


def run(member: Member, file: BinaryIO) -> Iterator[Hit]:
    """Yield each call that runs a text that is not fixed."""
    for one in objections(member.path, file.read(), _WORDS, _judge):
        yield Hit(member.path, one.message, one.line, confidence=one.confidence)


def _judge(code: Code, text: Text) -> Iterator[Objection]:  # noqa: ARG001 - the shape of every rule
    runs = _RUNS[code.language]
    for call in code.calls:
        if not call.arguments or not (call.among(runs) or call.name.replace(" ", "_") in runs):
            continue
        value = call.arguments[-1] if call.name == "new Function" else call.arguments[0]
        found = reached(value)
        if found is None:
            if call.name == "eval" and not value.fixed:
                yield Objection(call.line, "a text that is not fixed is run as code", Confidence.LOW)
            continue
        if call.name not in _LOUD and call.name != "new Function" and value.input != REQUEST:
            continue
        yield Objection(call.line, f"{found[0]} is run as code" if value.input else "an assembled text is run as code", found[1])


CHECK = FileCheck(
    id="code-injection",
    revision="1",
    kind=Kind.CODE,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Does the application run input as code?",
    remedy="Parse the input as data (JSON, ast.literal_eval, a table of allowed operations); give templates as files, and input as their variables.",
    wants=WANTS,
    run=run,
    catches=(
        Sample("app/calc.py", b'from flask import request\n@app.get("/c")\ndef calc():\n    return str(eval(request.args["e"]))\n'),
        Sample(
            "app/page.py",
            b'from flask import render_template_string, request\ndef page():\n    return render_template_string("Hi " + request.args["n"])\n',
        ),
        Sample("app/calc.js", b"app.get('/c', (req, res) => {\n  res.send(String(eval(req.query.e)))\n})\n"),
        Sample("app/fn.ts", b"const f = new Function('x', req.body.code)\n"),
        Sample(
            "app/t.go",
            b'import "text/template"\nfunc h(w http.ResponseWriter, r *http.Request) {\n\tt, _ := template.New("x").Parse(r.FormValue("t"))\n}\n',
        ),
        Sample(
            "app/C.java",
            b'class C { Object f(HttpServletRequest req) { ScriptEngine e = m.getEngineByName("js"); return e.eval(req.getParameter("e")); } }',
        ),
        Sample("app/c.php", b"<?php eval($_GET['e']);"),
        Sample("app/i.php", b"<?php include $_GET['page'];"),
    ),
    passes=(
        Sample("app/calc.py", b'import ast\nfrom flask import request\ndef calc():\n    return ast.literal_eval(request.args["e"])\n'),
        Sample("app/model.py", b'import re\nP = re.compile("a+")\ndef f(model):\n    model.eval()\n'),
        Sample(
            "app/page.py",
            b'from flask import render_template_string, request\ndef page():\n    return render_template_string("Hi {{ n }}", n=request.args["n"])\n',
        ),
        Sample("app/calc.js", b"setTimeout(() => { work(req.query.e) }, 100)\n"),
        Sample("app/t.go", b'import "text/template"\nvar t = template.Must(template.New("x").Parse("Hi {{.}}"))\n'),
        Sample("app/C.java", b'class C { Object f() { ScriptEngine e = m.getEngineByName("js"); return e.eval("1 + 1"); } }'),
        Sample("app/i.php", b"<?php include __DIR__ . '/head.php'; // eval($_GET['e'])\n"),
    ),
    aliases=("CWE-94", "CWE-95", "CWE-1336", "B307", "B102"),
)
