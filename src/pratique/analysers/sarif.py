"""Reads the results of any tool from SARIF (OASIS "Static Analysis Results Interchange Format" 2.1.0)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pratique.analysers.result import Result, bounded, decode, message, path, tool, weaknesses
from pratique.errors import InvalidInput
from pratique.model import Confidence, Severity


class _Text(msgspec.Struct):
    text: str = ""
    markdown: str = ""
    id: str = ""
    arguments: list[str] = []


class _Properties(msgspec.Struct):
    tags: list[str] = []
    precision: str = ""
    security_severity: str | float = msgspec.field(default="", name="security-severity")
    cwe: list[str] | str = []


class _Configuration(msgspec.Struct):
    level: str = ""


class _Rule(msgspec.Struct):
    id: str = ""
    shortDescription: _Text | None = None  # noqa: N815 - SARIF's names
    help: _Text | None = None
    messageStrings: dict[str, _Text] = {}  # noqa: N815
    defaultConfiguration: _Configuration | None = None  # noqa: N815
    properties: _Properties | None = None


class _Component(msgspec.Struct):
    name: str = ""
    rules: list[_Rule] = []


class _Tool(msgspec.Struct):
    driver: _Component
    extensions: list[_Component] = []


class _Artifact(msgspec.Struct):
    uri: str = ""
    uriBaseId: str = ""  # noqa: N815
    index: int = -1


class _Region(msgspec.Struct):
    startLine: int | None = None  # noqa: N815


class _Physical(msgspec.Struct):
    artifactLocation: _Artifact | None = None  # noqa: N815
    region: _Region | None = None


class _Location(msgspec.Struct):
    physicalLocation: _Physical | None = None  # noqa: N815


class _Reference(msgspec.Struct):
    id: str = ""
    index: int = -1


class _Suppression(msgspec.Struct):
    kind: str = ""
    status: str = ""
    justification: str = ""


class _Result(msgspec.Struct):
    message: _Text
    ruleId: str = ""  # noqa: N815
    ruleIndex: int = -1  # noqa: N815
    rule: _Reference | None = None
    level: str = ""
    kind: str = "fail"
    locations: list[_Location] = []
    suppressions: list[_Suppression] | None = None
    properties: _Properties | None = None
    baselineState: str = ""  # noqa: N815


class _Artifacts(msgspec.Struct):
    location: _Artifact | None = None


class _Run(msgspec.Struct):
    tool: _Tool
    results: list[_Result] | None = None
    artifacts: list[_Artifacts] = []
    originalUriBaseIds: dict[str, _Artifact] = {}  # noqa: N815


class _Log(msgspec.Struct):
    version: str
    runs: list[_Run]


_LEVELS = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "note": Severity.LOW, "none": Severity.NEGLIGIBLE}
_PRECISION = {"very-high": Confidence.HIGH, "high": Confidence.HIGH, "medium": Confidence.MEDIUM, "low": Confidence.LOW}


def parse(data: bytes, what: str = "the SARIF file") -> list[Result]:
    """Return the results of all runs. Raises `InvalidInput` for what is no SARIF 2.1.0."""
    log = decode(data, _Log, what)
    if not log.version.startswith("2.1"):
        raise InvalidInput(f"{what} is SARIF {log.version[:20]}; 2.1.0 is read.", "Have the tool write SARIF 2.1.0.")
    return bounded([result for run in log.runs for result in _results(run)], what)


def _results(run: _Run) -> Iterator[Result]:
    rules = {rule.id: rule for component in (*run.tool.extensions, run.tool.driver) for rule in component.rules}
    name = tool(run.tool.driver.name)
    for result in run.results or ():
        if result.kind not in {"fail", "open", "review"} or result.baselineState == "absent":
            continue  # 3.27.9: what passed, or does not apply
        rule = _rule(result, run, rules)
        identity = result.ruleId or (result.rule.id if result.rule else "") or (rule.id if rule else "") or "unnamed"
        properties = [each for each in (result.properties, rule.properties if rule else None) if each is not None]
        named = [tag for each in properties for tag in (*each.tags, *([each.cwe] if isinstance(each.cwe, str) else each.cwe))]
        precision = next((each.precision for each in properties if each.precision), "")
        where, line = _place(result, run)
        yield Result(
            f"{name}:{identity[:200]}",
            where,
            line,
            _message(result.message, rule),
            _severity(result, rule, properties),
            _PRECISION.get(precision.lower(), Confidence.MEDIUM),
            weaknesses((*named, identity)),
            message(rule.help.text)[:500] if rule is not None and rule.help is not None else "",
            _suppressed(result),
        )


def _rule(result: _Result, run: _Run, rules: dict[str, _Rule]) -> _Rule | None:
    index = result.ruleIndex if result.ruleIndex >= 0 or result.rule is None else result.rule.index
    driver = run.tool.driver.rules
    if not result.ruleId and 0 <= index < len(driver):
        return driver[index]
    identity = result.ruleId or (result.rule.id if result.rule else "")
    while identity and identity not in rules and "/" in identity:
        identity = identity.rpartition("/")[0]  # 3.27.5: a hierarchical id names its rule by its beginning
    return rules.get(identity)


def _severity(result: _Result, rule: _Rule | None, properties: list[_Properties]) -> Severity:
    for each in properties:
        try:
            score = float(each.security_severity)
        except ValueError:
            continue
        if 0 < score <= 10:  # CVSS 3.1, 5: the qualitative scale
            return Severity.CRITICAL if score >= 9 else Severity.HIGH if score >= 7 else Severity.MEDIUM if score >= 4 else Severity.LOW
    level = result.level or (rule.defaultConfiguration.level if rule is not None and rule.defaultConfiguration is not None else "") or "warning"
    return _LEVELS.get(level, Severity.UNKNOWN)


def _place(result: _Result, run: _Run) -> tuple[str, int | None]:
    for location in result.locations:
        physical = location.physicalLocation
        if physical is None or physical.artifactLocation is None:
            continue
        artifact = physical.artifactLocation
        if not artifact.uri and 0 <= artifact.index < len(run.artifacts):
            artifact = run.artifacts[artifact.index].location or artifact
        base = run.originalUriBaseIds.get(artifact.uriBaseId)
        uri = (
            base.uri.rstrip("/") + "/" + artifact.uri
            if base is not None and base.uri and not artifact.uri.startswith(("/", "file:"))
            else artifact.uri
        )
        line = physical.region.startLine if physical.region is not None else None
        return path(uri), line if line is not None and line > 0 else None
    return "", None


def _message(said: _Text, rule: _Rule | None) -> str:
    text = said.text or said.markdown
    if not text and said.id and rule is not None and said.id in rule.messageStrings:
        text = rule.messageStrings[said.id].text
        for at, argument in enumerate(said.arguments[:20]):
            text = text.replace(f"{{{at}}}", argument[:500])
    if not text and rule is not None and rule.shortDescription is not None:
        text = rule.shortDescription.text
    return message(text) or "the tool gives no message"


def _suppressed(result: _Result) -> str:
    accepted = [each for each in result.suppressions or () if each.status in {"", "accepted"}]
    if not accepted:
        return ""
    return message(accepted[0].justification) or f"the tool suppressed it ({accepted[0].kind or 'no kind given'})"
