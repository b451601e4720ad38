"""For people at a terminal: what to do first, one fix a line, grouped by who must act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pratique.model import Finding, Gap, Kind, Report, Zone
from pratique.report.benchmark import benchmark, startable
from pratique.report.fixes import Tally, fixes, others, tally, zone_of
from pratique.report.format import Format, Options
from pratique.report.knowledge import lacking, whole
from pratique.report.listing import listing
from pratique.report.page import Page, Part, severity_part
from pratique.report.text import columns, count, spans, visible, wrap
from pratique.report.upgrades import unfixed, upgrades

PLACES_SHOWN = 8
"""Places named for one rule, and reasons for which findings are not counted."""
GAPS_SHOWN = 10
"""Gaps of each kind named one by one."""

_INDENT = "  "
_HANG = 13
"""Columns before what follows a severity."""
_ALL = "-f json shows all"
_BLOCKS = {
    Kind.LIFECYCLE: "End of support",
    Kind.SECRET: "Secrets",
    Kind.HARDENING: "Hardening",
    Kind.CODE: "Code",
    Kind.DOCKERFILE: "Dockerfile",
}


def render(report: Report, options: Options) -> Iterator[str]:
    """Yield the report line by line, each at most `options.width` columns wide."""
    page = Page(options.width, options.colour)
    yield from _header(page, report)
    yield from _gaps(page, report.gaps, blind=True)
    if options.inventory_only:
        yield from listing(page, report)
        yield from _gaps(page, report.gaps, blind=False)
        return
    found = fixes(report)
    yield from _verdict(page, report, tally(report, found))
    yield from _block(page, report, "Malware", others(report, Kind.MALWARE))
    yield from upgrades(page, report, [fix for fix in found if fix.fixed])
    yield from unfixed(page, [fix for fix in found if not fix.fixed])
    for kind, title in _BLOCKS.items():
        yield from _block(page, report, title, others(report, kind))
    yield from benchmark(page, report)
    if options.executables:
        yield from startable(page, report)
    yield from _layers(page, report)
    yield from _gaps(page, report.gaps, blind=False)
    yield from _suppressed(page, report)
    yield from _knowledge(page, report)


# ----------------------------------------------------------------------------------------------------------------- header


def _header(page: Page, report: Report) -> Iterator[str]:
    image, packages = report.image, report.inventory.packages
    if image.source == "dockerfile":
        yield page.line(("Dockerfile  ", "dim"), (image.reference, "title"))
        yield "\n"
        return
    yield page.line(("Image     ", "dim"), (image.reference, "title"), f"  {image.platform}")
    if image.digest:  # a folder has none
        yield page.line(("Digest    ", "dim"), image.digest, "" if image.digests.manifest else ("  of its config", "dim"))
    for distribution in report.inventory.distributions:
        where = f" in /{distribution.origin.root}" if distribution.origin.root else ""
        deleted = "" if distribution.origin.visible else "  deleted by a later layer"
        yield page.line(("System    ", "dim"), f"{distribution}{where}", (deleted, "warn"))
    if not report.inventory.distributions:
        yield page.line(("System    ", "dim"), "no distribution was seen")
    yield page.line(("Layers    ", "dim"), *_layer_summary(report))
    types = ", ".join(f"{number} {type_}" for type_, number in Counter(package.type for package in packages).most_common())
    yield page.line(("Packages  ", "dim"), f"{len(packages)}{': ' if types else ''}{types}")
    yield "\n"


def _layer_summary(report: Report) -> Iterator[Part]:
    number = len(report.image.layers)
    zones = {zone: [index for index, own in enumerate(report.zones) if own is zone] for zone in Zone}
    if len(zones[Zone.UNKNOWN]) == len(report.zones):
        yield str(number)
        yield "  whose they are is not known: name the base image with --base" if number > 1 else "", "dim"
        return
    known = (f"{spans(layers)} {zone}{f' {report.base}' if zone is Zone.BASE and report.base else ''}" for zone, layers in zones.items() if layers)
    yield f"{number}: {', '.join(known)}"


def _verdict(page: Page, report: Report, counts: Tally) -> Iterator[str]:
    """Say the sum of it. What could not be told was said above, and takes the green from "no findings"."""
    seen = " that could be seen" if report.blind else ""
    if not counts.total:
        if report.image.source == "dockerfile":
            yield page.line(("No findings", "warn" if report.blind else "good"), f" of {count(len(report.checks), 'check')}{seen}.")
        elif report.knowledge:
            yield page.line(("No findings", "warn" if report.blind else "good"), f" in {count(len(report.inventory.packages), 'package')}{seen}.")
        else:
            yield page.line(("No findings, but no advisories were asked", "warn"), ": vulnerabilities were not looked for.")
    else:
        parts: list[Part] = [(f"{counts.exploited} exploited in the wild", "bad"), "   "] if counts.exploited else []
        for severity, number in counts.severities:
            parts += [(f"{number} {severity.name}", severity.word), "   "]
        yield page.line(*parts)
    if counts.upgrades:
        removes = f"{count(counts.upgrades, 'upgrade')} {'removes' if counts.upgrades == 1 else 'remove'} {counts.fixable}"
        yield page.line((removes, "title"), f" of {count(counts.total, 'finding')}{seen}.")
    yield "\n"


# ------------------------------------------------------------------------------------------------------------------ blocks


def _block(page: Page, report: Report, title: str, found: list[Finding]) -> Iterator[str]:
    """Yield the findings of one kind by what to do: each rule with its remedy, and between them its places."""
    if not found:
        return
    yield page.line((title, "title"), f"  {len(found)}")
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        groups.setdefault((finding.rule, finding.remedy), []).append(finding)
    for (rule, remedy), group in groups.items():
        alike = len({finding.message for finding in group}) == 1
        head = visible(f"{group[0].message} ({rule})" if alike else rule)
        for index, line in enumerate(wrap(head.split(" "), page.width - _HANG)):
            yield page.line(*((_INDENT, severity_part(group[0].severity, _HANG - 2)) if index == 0 else (" " * _HANG,)), line)
        for finding in group[:PLACES_SHOWN]:
            yield from _place(page, report, finding, "" if alike else finding.message)
        if len(group) > PLACES_SHOWN:
            yield page.line((f"{' ' * _HANG}… and {len(group) - PLACES_SHOWN} more: {_ALL}", "dim"))
        yield from _remedy(page, remedy, _HANG)
    yield "\n"


def _place(page: Page, report: Report, finding: Finding, message: str) -> Iterator[str]:
    zone, layer = zone_of(report, finding), finding.origin.layer
    line = f":{finding.line}" if finding.line is not None else ""
    place = visible(f"{finding.path or finding.subject}{line}{f'  {message}' if message else ''}")
    origin = f"  layer {layer}{f' {zone}' if zone is not Zone.UNKNOWN else ''}" if layer >= 0 else ""
    deleted = "" if finding.origin.visible else "  deleted later, yet still in the image"
    begin = " " * _HANG
    if _HANG + columns(place + origin + deleted) > page.width:
        yield page.line(begin, place)
        begin, place = begin[2:], ""
    if place or origin or deleted:
        yield page.line(begin, place, (origin, "dim"), (deleted, "warn"))


def _remedy(page: Page, remedy: str, indent: int) -> Iterator[str]:
    if remedy:
        for index, line in enumerate(wrap(visible(remedy).split(" "), page.width - indent - 2)):
            yield page.line(" " * indent, "→ " if index == 0 else "  ", line)


def _gaps(page: Page, gaps: Iterable[Gap], *, blind: bool) -> Iterator[str]:
    chosen = [gap for gap in gaps if gap.blind is blind]
    if not chosen:
        return
    if blind:
        yield page.line(("Could not tell", "bad"), f"  {count(len(chosen), 'thing was', 'things were')} not seen that may change this answer")
    else:
        yield page.line(("Notes", "title"), f"  {len(chosen)}")
    for gap, following in zip(chosen[:GAPS_SHOWN], [*chosen[1:GAPS_SHOWN], None], strict=False):
        layer = f"layer {gap.layer}: " if gap.layer >= 0 else ""
        where = f" ({gap.path})" if gap.path and gap.path not in gap.message else ""
        for index, line in enumerate(wrap(visible(f"{layer}{gap.message}{where}").split(" "), page.width - 4)):
            yield page.line("    " if index else ("  ! ", "bad") if blind else "  · ", line)
        if following is None or following.remedy != gap.remedy:  # one act for several is said once
            yield from _remedy(page, gap.remedy, 4)
    if len(chosen) > GAPS_SHOWN:
        yield page.line((f"{_INDENT}… and {len(chosen) - GAPS_SHOWN} more: {_ALL}", "dim"))
    yield "\n"


# ------------------------------------------------------------------------------------------------------------------ footer


def _layers(page: Page, report: Report) -> Iterator[str]:
    """Say which instructions brought what was found."""
    wanted = {finding.origin.layer for finding in report.findings}
    shown = [layer for layer in report.image.layers if layer.index in wanted]
    if not any(layer.instruction for layer in shown):
        return
    yield page.line(("Layers", "title"), "  that brought what was found")
    for layer in shown:
        zone = report.zones[layer.index] if layer.index < len(report.zones) else Zone.UNKNOWN
        word = "" if zone is Zone.UNKNOWN else f"{zone:<6}  "
        instruction: Part = short(layer.instruction) if layer.instruction else ("no instruction is recorded", "dim")
        yield page.line(f"{layer.index:>4}  ", (word, "dim"), instruction)
    yield "\n"


def short(instruction: str) -> str:
    """Return an instruction without what builders add to it: `/bin/sh -c #(nop)` of the classic one, `# buildkit`."""
    text = instruction.removesuffix("# buildkit").strip()
    for prefix, keyword in (("/bin/sh -c #(nop) ", ""), ("/bin/sh -c ", "RUN "), ("RUN /bin/sh -c ", "RUN ")):
        if text.startswith(prefix):
            return keyword + text.removeprefix(prefix).strip()
    return text


def _suppressed(page: Page, report: Report) -> Iterator[str]:
    if not report.suppressed:
        return
    yield page.line(("Not counted", "title"), f"  {count(len(report.suppressed), 'finding')}: {_ALL}")
    reasons = Counter(suppressed.reason for suppressed in report.suppressed).most_common()
    for reason, number in reasons[:PLACES_SHOWN]:
        yield page.line(f"{number:>4}  ", reason)
    if len(reasons) > PLACES_SHOWN:
        yield page.line((f"{_INDENT}… for {len(reasons) - PLACES_SHOWN} more reasons", "dim"))
    yield "\n"


def _knowledge(page: Page, report: Report) -> Iterator[str]:
    if not report.knowledge:
        return
    texts = whole(report)
    yield page.line(("Known from", "title"), "" if texts else ("  nothing that was whole", "warn"))
    for line in wrap([f"{text}," for text in texts[:-1]] + texts[-1:], page.width - len(_INDENT)):
        yield page.line(_INDENT, line)
    for text in lacking(report):
        yield from (page.line(_INDENT, (line, "warn")) for line in wrap(text.split(" "), page.width - len(_INDENT)))


FORMAT = Format(id="table", media_type="text/plain", render=render, for_people=True)
