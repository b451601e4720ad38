"""Markdown (GFM) for the comment of a merge request: the verdict, one fix a row, the rest folded away.

Data of the image stands in code spans or is escaped: a package must not mention a team, close an issue or draw a picture in the comment of a robot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pratique.model import Finding, Gap, Kind, Report, Zone
from pratique.report.benchmark import tally as summed
from pratique.report.catalogue import publisher
from pratique.report.fixes import Fix, fixes, others, tally, zone_of
from pratique.report.format import Format, Options
from pratique.report.knowledge import lacking, whole
from pratique.report.text import count, markdown, markdown_code, spans
from pratique.report.upgrades import UNFIXED, advice, likelihood

LONGEST = 60_000
"""Characters. A comment of GitHub holds 65,536; what comes after is cut between two blocks, and said."""
FIXES_SHOWN = 50
"""Rows of upgrades."""
PLACES_SHOWN = 10
FLAWS_SHOWN = 3
PACKAGES_SHOWN = 200
GAPS_SHOWN = 20
_BLOCKS = {
    Kind.MALWARE: "Malware",
    Kind.LIFECYCLE: "End of support",
    Kind.SECRET: "Secrets",
    Kind.HARDENING: "Hardening",
    Kind.CODE: "Code",
    Kind.DOCKERFILE: "Dockerfile",
}


def render(report: Report, options: Options) -> Iterator[str]:
    """Yield blocks of at most `LONGEST` characters together."""
    left = LONGEST
    for block in _inventory(report) if options.inventory_only else _report(report):
        if len(block) > left:
            yield "\n_The rest is too long for a comment: `-f json` shows all._\n"
            return
        left -= len(block)
        yield block


def _report(report: Report) -> Iterator[str]:
    found = fixes(report)
    yield _header(report)
    yield from _gaps(report, blind=True)
    yield _verdict(report, found)
    yield from _upgrades(report, [fix for fix in found if fix.fixed])
    for kind, title in _BLOCKS.items():
        yield from _block(report, title, others(report, kind))
    yield from _unfixed([fix for fix in found if not fix.fixed])
    yield from _benchmark(report)
    yield from _gaps(report, blind=False)
    yield from _suppressed(report)
    yield from _knowledge(report)


def _header(report: Report) -> str:
    if report.image.source == "dockerfile":
        return f"### Pratique: {markdown_code(report.image.reference)}\n\n"
    systems = ", ".join(markdown(str(one)) for one in report.inventory.distributions) or "no distribution was seen"
    layers = count(len(report.image.layers), "layer")
    packages = count(len(report.inventory.packages), "package")
    return (
        f"### Pratique: {markdown_code(report.image.reference)}\n\n{systems} · {layers} · {packages} · {markdown_code(report.image.digest[:19])}\n\n"
    )


def _verdict(report: Report, found: list[Fix]) -> str:
    counts = tally(report, found)
    seen = " that could be seen" if report.blind else ""
    if not counts.total:
        if report.image.source == "dockerfile":
            return f"**No findings** of {count(len(report.checks), 'check')}{seen}.\n\n"
        if not report.knowledge:
            return "**No findings, but no advisories were asked**: vulnerabilities were not looked for.\n\n"
        return f"**No findings** in {count(len(report.inventory.packages), 'package')}{seen}.\n\n"
    parts = [f"**{counts.exploited} exploited in the wild**"] if counts.exploited else []
    parts += [f"{number} {severity.word}" for severity, number in counts.severities]
    upgrades = ""
    if counts.upgrades:
        verb = "removes" if counts.upgrades == 1 else "remove"
        upgrades = f" **{count(counts.upgrades, 'upgrade')} {verb} {counts.fixable}** of {count(counts.total, 'finding')}{seen}."
    return f"{' · '.join(parts)}.{upgrades}\n\n"


def _upgrades(report: Report, found: list[Fix]) -> Iterator[str]:
    zoned = any(fix.zone is not Zone.UNKNOWN for fix in found)
    for zone in Zone if zoned else (None,):
        part = [fix for fix in found if zone in (None, fix.zone)]
        if not part:
            continue
        if zone is not None:
            yield f"**{zone}**: {markdown(advice(report, zone))}\n\n"
        yield "| Severity | Upgrade | Flaws | EPSS | Layer |\n|---|---|---|--:|--:|\n"
        for fix in part[:FIXES_SHOWN]:
            deleted = "" if fix.visible else " (deleted later)"
            upgrade = f"{markdown_code(fix.name)} {markdown_code(fix.installed)} → {markdown_code(fix.fixed)}{deleted}"
            yield f"| {fix.severity.name} | {upgrade} | {_flaws(fix)} | {likelihood(fix)} | {spans(fix.layers)} |\n"
        if len(part) > FIXES_SHOWN:
            yield f"\n… and {count(len(part) - FIXES_SHOWN, 'more upgrade')}: `-f json` shows all.\n"
        yield "\n"


def _flaws(fix: Fix) -> str:
    shown = ", ".join(f"{_linked(flaw.rule)}{' **exploited**' if flaw.exploited else ''}" for flaw in fix.flaws[:FLAWS_SHOWN])
    return shown if len(fix.flaws) <= FLAWS_SHOWN else f"{shown} and {len(fix.flaws) - FLAWS_SHOWN} more"


def _linked(rule: str) -> str:
    """Return a rule's id, as a link where it has a page. The address is made of ours and percent-encoded signs."""
    known = publisher(rule)
    plain = rule.isascii() and rule.replace("-", "").isalnum()
    return f"[{rule}]({known.url})" if known and plain else markdown_code(rule)


def _block(report: Report, title: str, found: list[Finding]) -> Iterator[str]:
    if not found:
        return
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in found:
        groups.setdefault((finding.rule, finding.message, finding.remedy), []).append(finding)
    yield f"#### {title}\n\n"
    for (rule, message, remedy), group in groups.items():
        places = ", ".join(_place(report, finding) for finding in group[:PLACES_SHOWN])
        more = f" and {len(group) - PLACES_SHOWN} more" if len(group) > PLACES_SHOWN else ""
        todo = f"\\\n  → {markdown(remedy)}" if remedy else ""
        yield f"- **{group[0].severity.name}** {markdown(message)} ({_linked(rule)}): {places}{more}{todo}\n"
    yield "\n"


def _place(report: Report, finding: Finding) -> str:
    zone, layer = zone_of(report, finding), finding.origin.layer
    line = f":{finding.line}" if finding.line is not None else ""
    origin = (
        f" (layer {layer}{f', {zone}' if zone is not Zone.UNKNOWN else ''}{'' if finding.origin.visible else ', deleted later'})"
        if layer >= 0
        else ""
    )
    return f"{markdown_code(f'{finding.path or finding.subject}{line}')}{origin}"


def _folded(title: str, lines: list[str]) -> str:
    """Return what is shown when the reader asks for it."""
    return f"<details><summary>{title}</summary>\n\n" + "".join(f"- {line}\n" for line in lines) + "\n</details>\n\n"


def _unfixed(found: list[Fix]) -> Iterator[str]:
    if not found:
        return
    flaws = sum(len(fix.flaws) for fix in found)
    lines = [
        f"{fix.severity.name} {markdown_code(f'{fix.name} {fix.installed}')}: {UNFIXED[fix.status]} ({_flaws(fix)})" for fix in found[:PACKAGES_SHOWN]
    ]
    yield _folded(f"No fix: {count(flaws, 'flaw')} in {count(len(found), 'package')}", lines)


def _gaps(report: Report, *, blind: bool) -> Iterator[str]:
    chosen = [gap for gap in report.gaps if gap.blind is blind]
    if not chosen:
        return
    lines = [_gap(gap) for gap in chosen[:GAPS_SHOWN]]
    if len(chosen) > GAPS_SHOWN:
        lines.append(f"… and {len(chosen) - GAPS_SHOWN} more")
    if blind:
        yield f"**Could not tell**: {count(len(chosen), 'thing was', 'things were')} not seen that may change this answer.\n\n"
        yield "".join(f"- {line}\n" for line in lines) + "\n"
    else:
        yield _folded(f"Notes: {len(chosen)}", lines)


def _gap(gap: Gap) -> str:
    layer = f"layer {gap.layer}: " if gap.layer >= 0 else ""
    path = f" {markdown_code(gap.path)}" if gap.path else ""
    return f"{layer}{markdown(gap.message)}{path}{f' → {markdown(gap.remedy)}' if gap.remedy else ''}"


def _benchmark(report: Report) -> Iterator[str]:
    if report.benchmark:
        lines = [f"{item.id} **{item.answer}**: {markdown(item.title)}; {markdown(item.reason)}" for item in report.benchmark]
        yield _folded(f"CIS Docker Benchmark, section 4: {summed(report)}", lines)


def _suppressed(report: Report) -> Iterator[str]:
    reasons = Counter(one.reason for one in report.suppressed).most_common(GAPS_SHOWN)
    if reasons:
        yield _folded(f"Not counted: {count(len(report.suppressed), 'finding')}", [f"{number} × {markdown(reason)}" for reason, number in reasons])


def _knowledge(report: Report) -> Iterator[str]:
    lacks = list(lacking(report))
    lines = [*map(markdown, whole(report)), *map(markdown, lacks)]
    if lines:
        yield _folded(f"Known from {count(len(report.knowledge), 'source')}{', not all of them whole' if lacks else ''}", lines)


def _inventory(report: Report) -> Iterator[str]:
    yield _header(report)
    yield from _gaps(report, blind=True)
    packages = sorted(report.inventory.packages, key=lambda package: (package.type, package.full_name, package.version))
    if packages:
        yield "| Type | Package | Version | Licence | Layer |\n|---|---|---|---|--:|\n"
    for package in packages:
        cells = (package.type, package.full_name, package.version, package.licences)
        deleted = "" if package.origin.visible else " (deleted)"
        layer = str(package.origin.layer) if package.origin.layer >= 0 else "–"
        yield f"| {' | '.join(markdown_code(cell, 100) for cell in cells)} | {layer}{deleted} |\n"
    if packages:
        yield "\n"
    yield from _gaps(report, blind=False)


FORMAT = Format(id="markdown", media_type="text/markdown", render=render)
