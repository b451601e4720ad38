"""SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/), for code scanning and merge requests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import UNSET

from pratique import __version__
from pratique.errors import InvalidInput
from pratique.matching.severity import score
from pratique.matching.urgency import urgency
from pratique.model import Finding, Gap, Kind, Report, Severity
from pratique.report.attribution import attribution
from pratique.report.catalogue import is_url, publisher
from pratique.report.fixes import zone_of
from pratique.report.format import Format, Options
from pratique.report.log import (
    ArtifactLocation,
    AutomationDetails,
    Bag,
    BaseId,
    Configuration,
    DescriptorReference,
    Invocation,
    Location,
    Log,
    LogicalLocation,
    Message,
    Notification,
    PhysicalLocation,
    Region,
    ReportingDescriptor,
    Result,
    Run,
    Suppression,
    Tool,
    ToolComponent,
)
from pratique.report.text import markdown, uri_path, visible
from pratique.report.wire import instant, json_text

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "IMAGE"
"""The base of the paths: the root file system of the image, which has no URI of its own (3.14.14)."""

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.UNKNOWN: "warning",
    Severity.LOW: "note",
    Severity.NEGLIGIBLE: "note",
}
_SCORES = {Severity.CRITICAL: 9.5, Severity.HIGH: 8.0, Severity.MEDIUM: 5.5, Severity.LOW: 2.0, Severity.NEGLIGIBLE: 0.1}
"""`security-severity` where no vector agrees with the word: the middle of its range (code scanning reads 9.0, 7.0, 4.0 and 0.1 as the bounds)."""


def render(report: Report, options: Options) -> Iterator[str]:
    """Yield one log with one run. Raises `InvalidInput` for another version than 2.1.0."""
    if options.version not in ("", *FORMAT.versions):
        raise InvalidInput(f"SARIF {options.version} is not written", "Ask for `sarif`, which is 2.1.0.")
    findings = () if options.inventory_only else tuple(sorted(report.findings, key=urgency))
    suppressed = () if options.inventory_only else report.suppressed
    by_rule: dict[str, list[Finding]] = {}
    for finding in (*findings, *(one.finding for one in suppressed)):
        by_rule.setdefault(finding.rule, []).append(finding)
    index = {rule: number for number, rule in enumerate(by_rule)}
    results = [_result(report, finding, index[finding.rule]) for finding in findings]
    for one in suppressed:
        result = _result(report, one.finding, index[one.finding.rule])
        result.suppressions = [Suppression("external", "accepted", one.reason)]
        results.append(result)
    run = Run(
        tool=Tool(
            ToolComponent("Pratique", __version__, __version__, "https://pratique.dev", [_rule(rule, group) for rule, group in by_rule.items()])
        ),
        automation_details=AutomationDetails(f"pratique/{report.image.reference}"),
        invocations=[Invocation(not report.blind, [_notification(report, gap) for gap in report.gaps], instant(report.created))],
        original_uri_base_ids={ROOT: BaseId(Message("The root file system of the image."))},
        column_kind="unicodeCodePoints",
        results=UNSET if options.inventory_only else results,
        properties=_run_properties(report),
    )
    yield json_text(Log(SCHEMA, "2.1.0", [run]))


# ------------------------------------------------------------------------------------------------------------------- rules


def _rule(rule: str, group: list[Finding]) -> ReportingDescriptor:
    """Return what one looks up by a rule's id: what it is, and what to do (3.49)."""
    first = min(group, key=urgency)
    known = publisher(rule)
    remedies = list(dict.fromkeys(finding.remedy for finding in group if finding.remedy))
    aliases = list(dict.fromkeys(alias for finding in group for alias in finding.aliases))
    worst = max(finding.severity for finding in group)
    properties: Bag = {"kind": first.kind, "aliases": aliases, "tags": ["security", first.kind], "precision": _PRECISION[first.confidence]}
    if (number := max((_security_severity(finding) for finding in group), default=0.0)) > 0:
        properties["security-severity"] = f"{number:.1f}"
    if first.exploited is not None:
        properties["exploited"] = first.exploited.added.isoformat()
    return ReportingDescriptor(
        id=rule,
        short_description=_message(_title(rule, group)),
        full_description=_message(first.message),
        default_configuration=Configuration(_LEVELS[worst]),
        help=_help(first.message, aliases, remedies, first.references),
        help_uri=known.url if known else "",
        properties=properties,
    )


_PRECISION = {1: "low", 2: "medium", 3: "very-high"}
REMEDIES_SHOWN = 20
"""A flaw of a library that is bundled a hundred times has a hundred remedies; the results have each."""


def _title(rule: str, group: list[Finding]) -> str:
    names = list(dict.fromkeys(finding.package.full_name for finding in group if finding.package))
    if group[0].kind is Kind.VULNERABILITY and names:
        return f"{rule} in {', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''}"
    return group[0].message


def _help(message: str, aliases: list[str], remedies: list[str], references: tuple[str, ...]) -> Message:
    shown = remedies[:REMEDIES_SHOWN]
    links = [url for url in references[:REMEDIES_SHOWN] if is_url(url)]
    plain = [visible(message), *([f"Also known as {visible(', '.join(aliases))}."] if aliases else []), *map(visible, shown), *links]
    rich = [
        markdown(message),
        *([f"Also known as {', '.join(map(markdown, aliases))}."] if aliases else []),
        *(f"* {markdown(remedy)}" for remedy in shown),
        *(f"* <{url}>" for url in links),
    ]
    return Message("\n".join(plain), "\n".join(rich))


def _security_severity(finding: Finding) -> float:
    """Return a number in the range of the finding's severity: of its own vector, where that agrees with the word."""
    scores = [found for vector in finding.cvss if (found := score(vector)) is not None and found.severity is finding.severity]
    best = max((found.value for found in scores), default=_SCORES.get(finding.severity, 0.0))
    return min(best, 8.9) if finding.severity is Severity.HIGH else best  # CVSS 2 has no "critical": its 10.0 is high


# ----------------------------------------------------------------------------------------------------------------- results


def _result(report: Report, finding: Finding, index: int) -> Result:
    fingerprint = finding.fingerprint
    return Result(
        rule_id=finding.rule,
        rule_index=index,
        level=_LEVELS[finding.severity],
        message=_message("\n".join(filter(None, (_said(finding), finding.remedy)))),
        locations=[_location(report, finding)],
        fingerprints={"pratique/v1": fingerprint},
        partial_fingerprints={"primaryLocationLineHash": fingerprint},
        properties=_result_properties(report, finding),
    )


def _said(finding: Finding) -> str:
    """Return the message with the package that it is about."""
    package = finding.package
    return finding.message if package is None else f"{package.full_name} {package.version}: {finding.message}"


def _location(report: Report, finding: Finding) -> Location:
    """Return where a finding is: its file, else that of its package, else the image by its own name (code scanning needs a place)."""
    package = finding.package
    path = finding.path or (package.locations[0] if package and package.locations else None)
    artifact = _artifact(report, path) if path and path.strip("/") else ArtifactLocation(uri_path(report.image.reference))
    region = Region(finding.line) if finding.line and finding.line > 0 else UNSET
    logical = []
    if package is not None:
        logical.append(LogicalLocation(package.full_name, package.purl, "package"))
    elif not finding.path:
        logical.append(LogicalLocation(finding.subject, finding.subject, "resource"))
    return Location(PhysicalLocation(artifact, region), logical)


def _artifact(report: Report, path: str) -> ArtifactLocation:
    """Return a file: of the image's root, or of the source tree, as code scanning wants Dockerfiles named."""
    return ArtifactLocation(uri_path(path)) if report.image.source == "dockerfile" else ArtifactLocation(uri_path(path.lstrip("/")), ROOT)


def _result_properties(report: Report, finding: Finding) -> Bag:
    package = finding.package
    properties: Bag = {**attribution(finding.origin, zone_of(report, finding), package.owner if package else "")}
    properties |= {
        "kind": finding.kind,
        "subject": finding.subject,
        "severity": finding.severity.word,
        "severitySource": finding.severity_source,
        "confidence": finding.confidence.word,
        "status": finding.status,
        "kinship": finding.kinship,
    }
    if package is not None:
        properties |= {"purl": package.purl, "package": package.full_name, "version": package.version}
    if finding.exploited is not None:
        properties["exploited"] = finding.exploited.added.isoformat()
    if finding.epss is not None:
        properties |= {"epss": finding.epss.score, "epssPercentile": finding.epss.percentile, "epssDate": finding.epss.day}
    more = {
        "fixed": finding.fixed,
        "upgrade": finding.upgrade,
        "note": finding.note,
        "aliases": list(finding.aliases),
        "cvss": list(finding.cvss),
        "feeds": list(finding.feeds),
    }
    return properties | {name: value for name, value in more.items() if value}


_LINK = re.compile(r"\](?=\()")
_PLACEHOLDER = re.compile(r"\{(?=\d+\})")


def _message(text: str) -> Message:
    """Return a plain text that no viewer takes for one with links (3.11.6) or placeholders (3.11.5)."""
    shown = "\n".join(map(visible, text.split("\n")))
    return Message(_PLACEHOLDER.sub("{{", _LINK.sub(r"\\]", shown)))


# -------------------------------------------------------------------------------------------------------------------- run


def _notification(report: Report, gap: Gap) -> Notification:
    """Return a Gap as a condition met while running (3.58): an error where the answer may be wrong."""
    properties: Bag = {"blind": gap.blind}
    if gap.layer >= 0:
        properties["pratique:layer-index"] = str(gap.layer)
        if gap.layer < len(report.image.layers):
            properties["pratique:layer"] = report.image.layers[gap.layer].diff_id
    path = (gap.path or "").lstrip("/")
    return Notification(
        descriptor=DescriptorReference(gap.id),
        level="error" if gap.blind else "note",
        message=_message(f"{gap.message}\n{gap.remedy}" if gap.remedy else gap.message),
        locations=[Location(PhysicalLocation(_artifact(report, path)))] if path else [],
        properties=properties,
    )


def _run_properties(report: Report) -> Bag:
    image = report.image
    return {
        "image": {
            "reference": image.reference,
            "indexDigest": image.digests.index,
            "manifestDigest": image.digests.manifest,
            "configDigest": image.digests.config,
            "platform": str(image.platform),
            "base": report.base,
            "layers": [layer.diff_id for layer in image.layers],
        },
        "couldNotTell": report.blind,
        "knowledge": [
            {
                "feed": one.feed,
                "partition": one.partition,
                "digest": one.digest,
                "fetchedAt": one.fetched_at,
                "dataDate": one.data_date,
                "complete": one.complete,
                "origin": one.origin,
            }
            for one in report.knowledge
        ],
        "checks": list(report.checks),
    }


FORMAT = Format(id="sarif", media_type="application/sarif+json", render=render, versions=("2.1.0",))
