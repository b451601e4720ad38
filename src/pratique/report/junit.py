"""JUnit XML, which every build server shows: a failure is a finding. Schema: https://github.com/windyroad/JUnit-Schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pratique.matching.urgency import urgency
from pratique.model import Finding, Gap, Kind, Report, Suppressed
from pratique.report.fixes import zone_of
from pratique.report.format import Format, Options
from pratique.report.text import count, xml
from pratique.report.wire import instant


class Case(NamedTuple):
    """One test case. `outcome` is `failure`, `error`, `skipped`, or empty for one that passed."""

    name: str
    classname: str
    outcome: str = ""
    message: str = ""
    type: str = ""
    text: str = ""


def render(report: Report, options: Options) -> Iterator[str]:
    """Yield one test suite for what could not be told and one for each kind of finding."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
    suites = dict(_suites(report)) if not options.inventory_only else {"inventory": [_error(gap) for gap in report.gaps if gap.blind]}
    for number, (name, cases) in enumerate(suites.items()):
        yield from _suite(report, number, name, cases)
    yield "</testsuites>\n"


def _suites(report: Report) -> Iterator[tuple[str, list[Case]]]:
    blind = [_error(gap) for gap in report.gaps if gap.blind]
    yield "seen", blind or [Case("everything was seen", "pratique.seen")]
    by_kind: dict[Kind, list[Case]] = {}
    for finding in sorted(report.findings, key=urgency):
        by_kind.setdefault(finding.kind, []).append(_failure(report, finding))
    for suppressed in report.suppressed:
        by_kind.setdefault(suppressed.finding.kind, []).append(_skipped(suppressed))
    if report.knowledge and not blind:
        by_kind.setdefault(
            Kind.VULNERABILITY, [Case(f"no flaw is known in {count(len(report.inventory.packages), 'package')}", "pratique.vulnerability")]
        )
    for kind in Kind:
        if kind in by_kind:
            yield kind, by_kind[kind]


def _error(gap: Gap) -> Case:
    return Case(f"{gap.id} {gap.path or ''}".strip(), "pratique.seen", "error", gap.message, gap.id, gap.remedy)


def _failure(report: Report, finding: Finding) -> Case:
    origin, exploited, epss = finding.origin, finding.exploited, finding.epss
    facts = {
        "severity": finding.severity.word,
        "also known as": ", ".join(finding.aliases),
        "exploited": f"known since {exploited.added.isoformat()}" if exploited else "",
        "EPSS": f"{epss.score:.3f} on {epss.day}" if epss else "",
        "where": f"{finding.path or ''}{f':{finding.line}' if finding.path and finding.line else ''}",
        "layer": f"{origin.layer} {origin.diff_id}" if origin.layer >= 0 else "",
        "instruction": origin.instruction or "",
        "zone": zone_of(report, finding),
        "still in the image's files": "" if origin.visible else "no, a later layer deleted it; its bytes are still in the image",
        "fixed in": finding.fixed,
        "what to do": finding.remedy,
    }
    lines = [f"{name}: {value}" for name, value in facts.items() if value]
    return Case(
        f"{finding.rule} {_subject(finding)}",
        f"pratique.{finding.kind}",
        "failure",
        f"{finding.severity.name}: {finding.message}",
        finding.rule,
        "\n".join(lines),
    )


def _skipped(suppressed: Suppressed) -> Case:
    finding = suppressed.finding
    return Case(f"{finding.rule} {_subject(finding)}", f"pratique.{finding.kind}", "skipped", suppressed.reason)


def _subject(finding: Finding) -> str:
    package = finding.package
    return f"{package.full_name} {package.version}" if package else finding.subject


def _suite(report: Report, number: int, name: str, cases: list[Case]) -> Iterator[str]:
    outcomes = [case.outcome for case in cases]
    counts = " ".join(
        f'{word}="{outcomes.count(outcome)}"' for word, outcome in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    )
    moment = (instant(report.created) or "1970-01-01T00:00:00Z").removesuffix("Z")  # the schema wants a time without zone
    where = f'package="pratique" timestamp="{moment}" hostname="localhost"'
    yield f'  <testsuite id="{number}" name="{xml(name)}" {where} tests="{len(cases)}" {counts} time="0">\n'
    yield "    <properties>\n"
    for key, value in (("image", report.image.reference), ("digest", report.image.digest), ("platform", str(report.image.platform))):
        yield f'      <property name="{key}" value="{xml(value)}"/>\n'
    yield "    </properties>\n"
    for case in cases:
        yield from _case(case)
    yield "    <system-out/>\n    <system-err/>\n  </testsuite>\n"


def _case(case: Case) -> Iterator[str]:
    begin = f'    <testcase name="{xml(case.name)}" classname="{xml(case.classname)}" time="0"'
    if not case.outcome:
        yield f"{begin}/>\n"
        return
    type_ = "" if case.outcome == "skipped" else f' type="{xml(case.type)}"'
    text = "\n".join(map(xml, case.text.split("\n")))
    yield f'{begin}>\n      <{case.outcome} message="{xml(case.message)}"{type_}>{text}</{case.outcome}>\n    </testcase>\n'


FORMAT = Format(id="junit", media_type="application/xml", render=render)
