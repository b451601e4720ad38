"""Semgrep (semgrep.dev/docs/cli-reference): rules from a local file or folder only; metrics and the check for updates are off."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pratique.analysers.result import Result, bounded, decode, message, weaknesses
from pratique.analysers.sandbox import Limits, Scratch, failed, run
from pratique.errors import InvalidInput
from pratique.model import Confidence, Gap, Severity

ID = "semgrep"
_QUIET = {"SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0", "OTEL_SDK_DISABLED": "true"}
_SEVERITY = {
    "ERROR": Severity.HIGH,
    "WARNING": Severity.MEDIUM,
    "INFO": Severity.LOW,
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
}


class _Position(msgspec.Struct):
    line: int = 0


class _Metadata(msgspec.Struct):
    cwe: list[str] | str = []
    confidence: str = ""


class _Extra(msgspec.Struct):
    message: str = ""
    severity: str = ""
    metadata: _Metadata | None = None
    is_ignored: bool = False


class _Match(msgspec.Struct):
    check_id: str
    path: str
    start: _Position
    extra: _Extra


class _Fault(msgspec.Struct):
    message: str = ""
    level: str = ""
    path: str | None = None


class _Output(msgspec.Struct):
    results: list[_Match]
    errors: list[_Fault] = []


def analyse(program: str, scratch: Scratch, rules: Path, limits: Limits | None = None) -> tuple[list[Result], list[Gap]]:
    """Return what the rules say of the code in the scratch folder, by our names, and what it could not tell. Raises `InvalidInput` for no rules."""
    own = scratch.root / "rules.yaml"
    try:
        own.write_bytes(rules.read_bytes())
    except OSError as fault:
        raise InvalidInput(f"the rules {rules} cannot be read: {fault.strerror}.", "Name a local file of Semgrep rules.") from None
    scratch.root.joinpath("home", ".semgrep").mkdir(exist_ok=True)
    settings = scratch.root / "home" / "settings.yml"
    command = [program, "scan", "--config", str(own), "--json", "--quiet", "--metrics", "off", "--disable-version-check", "--no-git-ignore"]
    command += ["--jobs", "1", "--max-target-bytes", "1000000", "--timeout", "20", "."]
    ran = run(command, scratch, variables={**_QUIET, "SEMGREP_SETTINGS_FILE": str(settings)}, limits=limits, name=ID)
    if not ran.whole:
        return [], list(ran.gaps)
    try:
        results, faults = parse(ran.output)
    except InvalidInput:
        return [], [*ran.gaps, failed(ID, ran)]
    blind = [fault for fault in faults if fault[0] is None]
    unread = [
        Gap(
            "analyser-failed" if file is None else "unreadable",
            f"semgrep: {message(why)[:200]}",
            file is None,
            None if file is None else scratch.path(file),
        )
        for file, why in (blind or faults)[:100]
    ]
    return results, [*ran.gaps, *unread]


def parse(data: bytes) -> tuple[list[Result], list[tuple[str | None, str]]]:
    """Return the results of `semgrep --json`, and its errors with the file, if it is of one. Raises `InvalidInput`."""
    output = decode(data, _Output, "the output of semgrep")
    results = []
    for match in output.results:
        metadata = match.extra.metadata or _Metadata()
        results.append(
            Result(
                f"semgrep:{match.check_id.rpartition('.')[2]}",  # before the name stands the path of the rules
                match.path,
                match.start.line or None,
                message(match.extra.message),
                _SEVERITY.get(match.extra.severity.upper(), Severity.UNKNOWN),
                Confidence.__members__.get(metadata.confidence.upper(), Confidence.MEDIUM),
                weaknesses([metadata.cwe] if isinstance(metadata.cwe, str) else metadata.cwe),
                suppressed="a comment in the code says so (nosemgrep)" if match.extra.is_ignored else "",
            )
        )
    return bounded(results, "the output of semgrep"), [(fault.path, fault.message) for fault in output.errors if fault.level != "info"]
