"""Bandit (bandit.readthedocs.io): analyses Python. Run on files of our naming, without its own configuration."""

from __future__ import annotations

import msgspec

from pratique.analysers.result import Result, bounded, decode, message
from pratique.analysers.sandbox import Limits, Scratch, failed, run
from pratique.errors import InvalidInput
from pratique.model import Confidence, Gap, Severity

ID = "bandit"
ENDINGS = frozenset({".py", ".pyw"})


class _Weakness(msgspec.Struct):
    id: int | None = None


class _Issue(msgspec.Struct):
    filename: str
    test_id: str
    issue_text: str = ""
    issue_severity: str = ""
    issue_confidence: str = ""
    line_number: int = 0
    issue_cwe: _Weakness | None = None


class _Fault(msgspec.Struct):
    filename: str = ""
    reason: str = ""


class _Output(msgspec.Struct):
    results: list[_Issue]
    errors: list[_Fault] = []


def analyse(program: str, scratch: Scratch, limits: Limits | None = None) -> tuple[list[Result], list[Gap]]:
    """Return what Bandit says of the code in the scratch folder, by our names, and what it could not tell."""
    configuration = scratch.root / "home" / "bandit.yaml"
    configuration.write_text("{}\n")  # its own default, and none that lies beside the code
    ran = run([program, "-r", "-q", "-f", "json", "-c", str(configuration), "."], scratch, limits=limits, name=ID)
    if not ran.whole:
        return [], list(ran.gaps)
    try:
        results, faults = parse(ran.output)
    except InvalidInput:
        return [], [*ran.gaps, failed(ID, ran)]
    unread = [
        Gap("unreadable", f"bandit could not read it: {message(why)[:200]}", blind=False, path=scratch.path(file)) for file, why in faults[:100]
    ]
    return results, [*ran.gaps, *unread]


def parse(data: bytes) -> tuple[list[Result], list[tuple[str, str]]]:
    """Return the results of `bandit -f json`, and the files it could not read with the reason. Raises `InvalidInput`."""
    output = decode(data, _Output, "the output of bandit")
    results = [
        Result(
            f"bandit:{issue.test_id}",
            issue.filename,
            issue.line_number or None,
            message(issue.issue_text),
            Severity.__members__.get(issue.issue_severity, Severity.UNKNOWN),
            Confidence.__members__.get(issue.issue_confidence, Confidence.LOW),
            (f"CWE-{issue.issue_cwe.id}",) if issue.issue_cwe is not None and issue.issue_cwe.id else (),
        )
        for issue in output.results
    ]
    return bounded(results, "the output of bandit"), [(fault.filename, fault.reason) for fault in output.errors]
