"""Reads issues and security hotspots of SonarQube (web API `api/issues/search` and `api/hotspots/search`, pages or a list of pages)."""

from __future__ import annotations

import msgspec

from pratique.analysers.result import Result, bounded, decode, message, path, weaknesses
from pratique.errors import InvalidInput
from pratique.model import Confidence, Severity


class _Range(msgspec.Struct):
    startLine: int | None = None  # noqa: N815 - SonarQube's names


class _Impact(msgspec.Struct):
    softwareQuality: str = ""  # noqa: N815
    severity: str = ""


class _Issue(msgspec.Struct):
    component: str
    rule: str = ""
    message: str = ""
    severity: str = ""
    type: str = ""
    line: int | None = None
    textRange: _Range | None = None  # noqa: N815
    status: str = ""
    resolution: str = ""
    tags: list[str] = []
    impacts: list[_Impact] = []
    project: str = ""
    ruleKey: str = ""  # noqa: N815
    securityCategory: str = ""  # noqa: N815
    vulnerabilityProbability: str = ""  # noqa: N815


class _Component(msgspec.Struct):
    key: str = ""
    path: str = ""


class _Page(msgspec.Struct):
    issues: list[_Issue] | None = None
    hotspots: list[_Issue] | None = None
    components: list[_Component] = []


_SEVERITY = {
    "BLOCKER": Severity.CRITICAL,
    "CRITICAL": Severity.HIGH,
    "HIGH": Severity.HIGH,
    "MAJOR": Severity.MEDIUM,
    "MEDIUM": Severity.MEDIUM,
    "MINOR": Severity.LOW,
    "LOW": Severity.LOW,
    "INFO": Severity.NEGLIGIBLE,
}
_CLOSED = {
    "FALSE-POSITIVE": "false positive",
    "WONTFIX": "won't fix",
    "REMOVED": "removed",
    "FIXED": "fixed",
    "SAFE": "safe",
    "ACKNOWLEDGED": "acknowledged",
}


def parse(data: bytes, what: str = "the SonarQube file") -> list[Result]:
    """Return the security issues. Raises `InvalidInput` for what is no answer of its API."""
    pages = decode(data, list[_Page], what) if data.lstrip()[:1] == b"[" else [decode(data, _Page, what)]
    found: list[Result] = []
    for page in pages:
        paths = {component.key: component.path for component in page.components}
        if page.issues is None and page.hotspots is None:
            raise InvalidInput(f"{what} has neither issues nor hotspots.", "Give an answer of api/issues/search or api/hotspots/search.")
        found += [_result(issue, paths) for issue in (*(page.issues or ()), *(page.hotspots or ())) if _is_security(issue)]
    return bounded(found, what)


def _is_security(issue: _Issue) -> bool:
    """Tell whether it is of security: bugs and smells are another tool's affair."""
    by_type = issue.type in {"VULNERABILITY", "SECURITY_HOTSPOT"} or bool(issue.securityCategory)
    return by_type or any(impact.softwareQuality == "SECURITY" for impact in issue.impacts)


def _result(issue: _Issue, paths: dict[str, str]) -> Result:
    where = paths.get(issue.component) or issue.component.partition(":")[2] or issue.component
    line = issue.line or (issue.textRange.startLine if issue.textRange is not None else None)
    words = [impact.severity for impact in issue.impacts if impact.softwareQuality == "SECURITY"]
    word = issue.severity or (words[0] if words else issue.vulnerabilityProbability)
    hotspot = issue.type == "SECURITY_HOTSPOT" or bool(issue.securityCategory)
    closed = (
        _CLOSED.get(issue.resolution, "")
        if issue.status in {"RESOLVED", "CLOSED", "REVIEWED", "ACCEPTED", "FALSE_POSITIVE"} or issue.resolution
        else ""
    )
    if issue.status in {"ACCEPTED", "FALSE_POSITIVE"} and not closed:
        closed = issue.status.lower().replace("_", " ")
    return Result(
        f"sonarqube:{issue.rule or issue.ruleKey or 'unnamed'}",
        path(where),
        line if line is not None and line > 0 else None,
        message(issue.message) or "the tool gives no message",
        _SEVERITY.get(word.upper(), Severity.UNKNOWN),
        Confidence.LOW if hotspot else Confidence.MEDIUM,
        weaknesses(issue.tags),
        suppressed=f"SonarQube: {closed}" if closed else "",
    )
