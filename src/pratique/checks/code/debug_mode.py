"""A debugger or a page of internals in production tells strangers everything, and often lets them run code (CWE-489, CWE-215)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from pratique.catalog.code import WANTS, Objection, Text, objections
from pratique.catalog.observer import Member
from pratique.checks.check import FileCheck, Hit, Sample
from pratique.formats.code.values import Call, Code
from pratique.model import Confidence, Kind, Severity

_WORDS = {
    "python": (b"debug", b"DEBUG"),
    "javascript": (b"inspector",),
    "go": (b"DebugMode",),
    "java": (b"setDebugMode", b"printStackTrace"),
    "php": (b"phpinfo", b"display_errors"),
}
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - what is looked for


def run(member: Member, file: BinaryIO) -> Iterator[Hit]:
    """Yield each place where a debug mode is switched on."""
    django = member.path.endswith(("settings.py", "settings/production.py", "settings/prod.py", "settings/base.py"))

    def judge(code: Code, _: Text) -> Iterator[Objection]:
        yield from (objection for call in code.calls if (objection := _called(code.language, call)) is not None)
        if django:
            for setting in code.settings:
                if setting.name == "DEBUG" and setting.value.name == "True":
                    yield Objection(setting.line, "Django's debug mode is on", Confidence.MEDIUM)

    for one in objections(member.path, file.read(), _WORDS, judge):
        yield Hit(member.path, one.message, one.line, confidence=one.confidence)


def _called(language: str, call: Call) -> Objection | None:
    if language == "python" and call.last == "run" and (debug := call.named.get("debug")) is not None and debug.name == "True":
        host = call.named.get("host")
        everywhere = host is not None and host.text in _EVERYWHERE
        return Objection(call.line, f"the debugger of the development server is on{', for every network' if everywhere else ''}", Confidence.HIGH)
    if language == "javascript" and call.name == "inspector.open" and len(call.arguments) > 1 and call.arguments[1].text in _EVERYWHERE:
        return Objection(call.line, "the debugger of Node.js listens on every network", Confidence.HIGH)
    if language == "go" and call.last == "SetMode" and call.arguments and call.arguments[0].name == "gin.DebugMode":
        return Objection(call.line, "the debug mode of Gin is on", Confidence.HIGH)
    if language == "java" and call.last == "printStackTrace" and call.arguments and "getWriter" in call.arguments[0].name:
        return Objection(call.line, "stack traces are sent to whoever asks", Confidence.HIGH)
    if language == "php" and call.name == "phpinfo":
        return Objection(call.line, "phpinfo() shows the server's configuration and environment", Confidence.HIGH)
    if language == "php" and call.name == "ini_set" and len(call.arguments) > 1 and call.arguments[0].text == "display_errors":
        shown = (call.arguments[1].text or call.arguments[1].name).lower()
        return Objection(call.line, "errors are shown to whoever asks", Confidence.MEDIUM) if shown in {"1", "on", "true", "stdout"} else None
    return None


CHECK = FileCheck(
    id="debug-mode",
    revision="1",
    kind=Kind.CODE,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does the application switch on a debugger or show its internals?",
    remedy="Take the mode from the environment, off by default; run a production server (gunicorn, uvicorn) instead of the development one.",
    wants=WANTS,
    run=run,
    catches=(
        Sample("app/main.py", b'app.run(host="0.0.0.0", debug=True)\n'),
        Sample("app/site/settings.py", b"DEBUG = True\n"),
        Sample("app/main.js", b"inspector.open(9229, '0.0.0.0')\n"),
        Sample("app/main.go", b"func main() {\n\tgin.SetMode(gin.DebugMode)\n}\n"),
        Sample("app/E.java", b"class E { void f(HttpServletResponse r) { e.printStackTrace(r.getWriter()); } }"),
        Sample("app/info.php", b"<?php phpinfo();"),
    ),
    passes=(
        Sample("app/main.py", b'app.run(host="0.0.0.0", debug=False)\n'),
        Sample("app/site/settings.py", b'import os\nDEBUG = os.environ.get("DEBUG") == "1"\n'),
        Sample("app/main.js", b"inspector.open(9229, '127.0.0.1')\n"),
        Sample("app/main.go", b"func main() {\n\tgin.SetMode(gin.ReleaseMode) // DebugMode\n}\n"),
        Sample("app/E.java", b"class E { void f() { e.printStackTrace(); } }"),
        Sample("app/info.php", b"<?php ini_set('display_errors', '0'); // phpinfo();"),
    ),
    aliases=("CWE-489", "CWE-215", "B201"),
)
