"""ShellCheck (shellcheck.net): analyses shell scripts, such as those of RUN instructions."""

from __future__ import annotations

import msgspec

from pratique.analysers.result import Result, bounded, decode, message
from pratique.analysers.sandbox import Limits, Scratch, failed, found, run
from pratique.errors import InvalidInput
from pratique.model import Confidence, Gap, Severity

ID = "shellcheck"
SHELLS = frozenset({"sh", "bash", "dash", "ksh", "busybox"})
_SEVERITY = {"error": Severity.MEDIUM, "warning": Severity.LOW, "info": Severity.NEGLIGIBLE, "style": Severity.NEGLIGIBLE}
_LIMITS = Limits(seconds=60, output=16 << 20)


class _Comment(msgspec.Struct):
    code: int
    line: int = 0
    level: str = ""
    message: str = ""


class _Output(msgspec.Struct):
    comments: list[_Comment]


def check(script: str, shell: str = "sh", program: str | None = None, limits: Limits = _LIMITS) -> tuple[list[Result], list[Gap]]:
    """Return what ShellCheck says of one script: rules `shellcheck:SC2086`, lines of the script; or a note that it is not there."""
    there = found(ID, program)
    if there is None:
        return [], [Gap("analyser-missing", "shellcheck is not on PATH: shell scripts were not analysed", blind=False, remedy="Install shellcheck.")]
    with Scratch() as scratch:
        scratch.add("script.sh", script.encode("utf-8", "surrogateescape"))
        dialect = shell if shell in SHELLS else "sh"
        ran = run([there, "--norc", "-f", "json1", "-s", dialect, *scratch.paths], scratch, limits=limits, name=ID)
    if not ran.whole:
        return [], list(ran.gaps)
    try:
        return parse(ran.output), list(ran.gaps)
    except InvalidInput:
        return [], [*ran.gaps, failed(ID, ran)]


def parse(data: bytes) -> list[Result]:
    """Return the results of `shellcheck -f json1`. Raises `InvalidInput`."""
    output = decode(data, _Output, "the output of shellcheck")
    results = [
        Result(f"shellcheck:SC{one.code}", "", one.line or None, message(one.message), _SEVERITY.get(one.level, Severity.UNKNOWN), Confidence.HIGH)
        for one in output.comments
    ]
    return bounded(results, "the output of shellcheck")
