"""A shell command assembled from input lets whoever gives the input run commands (CWE-78)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from pratique.catalog.code import WANTS, Objection, Text, objections, reached
from pratique.catalog.observer import Member
from pratique.checks.check import FileCheck, Hit, Sample
from pratique.formats.code.values import REQUEST, Call, Code, Value
from pratique.model import Confidence, Kind, Severity

_SHELL = {
    "python": frozenset(
        [
            "os.system",
            "os.popen",
            "subprocess.getoutput",
            "subprocess.getstatusoutput",
            "commands.getoutput",
            "asyncio.create_subprocess_shell",
            ".exec_command",
        ]
    ),
    "javascript": frozenset(
        [
            "exec",
            "execSync",
            "child_process.exec",
            "child_process.execSync",
            "cp.exec",
            "cp.execSync",
            "childProcess.exec",
            "shell.exec",
            "require().exec",
            "require().execSync",
        ]
    ),
    "php": frozenset(["system", "exec", "shell_exec", "passthru", "popen", "proc_open", "pcntl_exec"]),
}
"""What gives its first argument to a shell."""
_OPTIONAL = frozenset(["subprocess.run", "subprocess.call", "subprocess.Popen", "subprocess.check_output", "subprocess.check_call"])
_SHELLS = ("sh", "bash", "zsh", "ash", "dash", "ksh", "cmd", "cmd.exe", "powershell", "pwsh")
_WORDS = {
    "python": (b"subprocess", b"system", b"popen", b"getoutput", b"exec_command"),
    "javascript": (b"child_process", b"shelljs"),
    "go": (b"os/exec",),
    "java": (b"Runtime", b"ProcessBuilder"),
    "php": (b"system", b"exec", b"passthru", b"popen", b"proc_open", b"`"),
}


def run(member: Member, file: BinaryIO) -> Iterator[Hit]:
    """Yield each call that gives a shell an assembled command."""
    for one in objections(member.path, file.read(), _WORDS, _judge):
        yield Hit(member.path, one.message, one.line, confidence=one.confidence)


def _judge(code: Code, text: Text) -> Iterator[Objection]:  # noqa: ARG001 - the shape of every rule
    for call in code.calls:
        command = _command(code.language, call)
        if command is not None and (command.built or command.input) and (found := reached(command)):
            yield Objection(call.line, f"a shell command is assembled from {found[0]}", found[1])


def _command(language: str, call: Call) -> Value | None:
    """Return the command that a shell is given."""
    if call.among(_SHELL.get(language, ())):
        return call.argument(0, "cmd")
    if call.name in _OPTIONAL:
        shell = call.named.get("shell")
        return call.argument(0, "args") if shell is not None and shell.name == "True" else None
    if language == "go" and call.name in {"exec.Command", "exec.CommandContext"}:
        arguments = call.arguments[1:] if call.name.endswith("Context") else call.arguments
        if arguments and arguments[0].input == REQUEST:
            return arguments[0]
        if len(arguments) > 2 and _is_shell(arguments[0].text) and arguments[1].text.lower() in {"-c", "/c", "-command", "-lc"}:
            return arguments[2]
    if language == "java":
        if call.last == "exec" and "untime" in call.name:
            return call.argument(0)
        if call.name == "new ProcessBuilder" and len(call.arguments) > 2 and _is_shell(call.arguments[0].text):
            return call.arguments[2]
    return None


def _is_shell(word: str) -> bool:
    return word.rpartition("/")[2] in _SHELLS


CHECK = FileCheck(
    id="command-injection",
    revision="1",
    kind=Kind.CODE,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Does the application give a shell commands that are assembled from input?",
    remedy="Start the program without a shell, its arguments as a list; where a shell is needed, quote each value for it.",
    wants=WANTS,
    run=run,
    catches=(
        Sample(
            "app/ping.py", b'import os\nfrom flask import request\n@app.get("/p")\ndef ping():\n    os.system("ping -c1 " + request.args["host"])\n'
        ),
        Sample("app/run.py", b'import subprocess\ndef run(name):\n    subprocess.run(f"tar xf {name}", shell=True)\n'),
        Sample("app/tool.py", b'import sys\nfrom subprocess import check_output as out\nname = sys.argv[1]\nout("ls %s" % name, shell=True)\n'),
        Sample("app/ping.js", b"const { exec } = require('child_process')\napp.get('/p', (req, res) => {\n  exec('ping ' + req.query.host)\n})\n"),
        Sample(
            "app/ping.go",
            b'import "os/exec"\nfunc h(w http.ResponseWriter, r *http.Request) {\n\texec.Command("sh", "-c", "ping "+r.FormValue("host")).Run()\n}\n',
        ),
        Sample(
            "app/Ping.java", b'class P { void f(HttpServletRequest request) { Runtime.getRuntime().exec("ping " + request.getParameter("host")); } }'
        ),
        Sample("app/ping.php", b'<?php system("ping " . $_GET["host"]);'),
        Sample("app/tick.php", b"<?php $h = $_POST['h']; echo `ping $h`;"),
    ),
    passes=(
        Sample(
            "app/ping.py", b'import subprocess\nfrom flask import request\ndef ping():\n    subprocess.run(["ping", "-c1", request.args["host"]])\n'
        ),
        Sample(
            "app/quoted.py",
            b'import os, shlex\nfrom flask import request\ndef ping():\n    os.system("ping -c1 " + shlex.quote(request.args["host"]))\n',
        ),
        Sample("app/fixed.py", b'import os\nos.system("sync")\n'),
        Sample("app/ping.js", b"const { execFile } = require('child_process')\nexecFile('ping', [req.query.host])\n"),
        Sample("app/match.js", b"const cp = require('child_process')\nconst m = pattern.exec('a' + req.query.host)\n"),
        Sample(
            "app/ping.go",
            b'import "os/exec"\nfunc h(w http.ResponseWriter, r *http.Request) {\n\texec.Command("ping", r.FormValue("host")).Run()\n}\n',
        ),
        Sample(
            "app/Ping.java", b'class P { void f(HttpServletRequest request) { new ProcessBuilder("ping", request.getParameter("host")).start(); } }'
        ),
        Sample("app/ping.php", b'<?php system("ping " . escapeshellarg($_GET["host"]));'),
    ),
    aliases=("CWE-78", "B602", "B605"),
)
