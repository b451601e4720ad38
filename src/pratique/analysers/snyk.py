"""Reads the JSON of Snyk: Open Source and Container (`snyk test --json`), and Code (`snyk code test --json`, which is SARIF)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pratique.analysers import sarif
from pratique.analysers.result import Result, bounded, decode, message, path, weaknesses
from pratique.errors import InvalidInput
from pratique.model import Confidence, Severity


class _Identifiers(msgspec.Struct):
    CVE: list[str] = []
    CWE: list[str] = []


class _Vulnerability(msgspec.Struct):
    id: str
    title: str = ""
    severity: str = ""
    packageName: str = ""  # noqa: N815 - Snyk's names
    version: str = ""
    fixedIn: list[str] = []  # noqa: N815
    identifiers: _Identifiers | None = None


class _Project(msgspec.Struct):
    vulnerabilities: list[_Vulnerability] | None = None
    displayTargetFile: str = ""  # noqa: N815
    targetFile: str = ""  # noqa: N815
    ok: bool | None = None
    error: str = ""


class _Probe(msgspec.Struct):
    runs: object = None


def parse(data: bytes, what: str = "the Snyk file") -> list[Result]:
    """Return the results. Raises `InvalidInput` for what is no output of Snyk, and for an output that says Snyk failed."""
    if data.lstrip()[:1] == b"{" and decode(data, _Probe, what).runs is not None:
        return sarif.parse(data, what)
    projects = decode(data, list[_Project], what) if data.lstrip()[:1] == b"[" else [decode(data, _Project, what)]
    found: dict[tuple[str, str, str], Result] = {}
    for project in projects:
        if project.error:
            raise InvalidInput(
                f"{what} is the report of a failure: {message(project.error)[:200]}.", "Have Snyk test again, and give the new output."
            )
        if project.vulnerabilities is None:
            raise InvalidInput(f"{what} has neither vulnerabilities nor runs.", "Give the output of `snyk test --json` or `snyk code test --json`.")
        for key, result in _results(project):
            found.setdefault(key, result)
    return bounded(list(found.values()), what)


def _results(project: _Project) -> Iterator[tuple[tuple[str, str, str], Result]]:
    where = path(project.displayTargetFile or project.targetFile) if project.displayTargetFile or project.targetFile else ""
    for flaw in project.vulnerabilities or ():
        names = flaw.identifiers or _Identifiers()
        fixed = ", ".join(flaw.fixedIn[:4])
        package = f"{flaw.packageName} {flaw.version}".strip()
        told = f"{flaw.title or flaw.id} in {package}" + (f" ({', '.join(names.CVE[:3])})" if names.CVE else "")
        yield (
            (flaw.id, package, where),
            Result(
                f"snyk:{flaw.id}",
                where,
                None,
                message(told),
                Severity.__members__.get(flaw.severity.upper(), Severity.UNKNOWN),
                Confidence.HIGH,
                (*weaknesses(names.CWE), *names.CVE),
                f"Upgrade {flaw.packageName} to {fixed}." if fixed else "",
            ),
        )
