"""For people at a terminal: what to do first, one fix a line, grouped by who must act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pratique.model import Finding, Gap, Kind, Origin, Report, Zone
from pratique.report.fixes import Tally, fixes, others, tally, zone_of
from pratique.report.format import Format, Options
from pratique.report.knowledge import lacking, whole
from pratique.report.listing import listing
from pratique.report.page import Page, Part, severity_part
from pratique.report.text import count, spans, visible, wrap
from pratique.report.upgrades import unfixed, upgrades

PLACES_SHOWN = 8
"""Places named for one rule."""
GAPS_SHOWN = 10
"""Gaps of each kind named one by one."""

_INDENT = "  "
_ALL = "-f json shows all"
_BLOCKS = (
    (Kind.LIFECYCLE, "End of support"),
    (Kind.SECRET, "Secrets"),
    (Kind.HARDENING, "Hardening"),
    (Kind.CODE, "Code"),
    (Kind.DOCKERFILE, "Dockerfile"),
)


def render(report: Report, options: Options) -> Iterator[str]:
    """Yield the report line by line, each at most `options.width` columns wide."""
    page = Page(options.width, options.colour)
    yield from _header(page, report)
    if options.inventory_only:
        yield from _gaps(page, report.gaps, blind=True)
        yield from listing(page, report)
        yield from _gaps(page, report.gaps, blind=False)
        return
    found = fixes(report)
    yield from _verdict(page, report, tally(report, found))
    yield from _gaps(page, report.gaps, blind=True)
    yield from _block(page, report, "Malware", others(report, Kind.MALWARE))
    yield from upgrades(page, report, [fix for fix in found if fix.fixed])
    yield from unfixed(page, [fix for fix in found if not fix.fixed])
    for kind, title in _BLOCKS:
        yield from _block(page, report, title, others(report, kind))
    yield from _layers(page, report)
    yield from _gaps(page, report.gaps, blind=False)
    yield from _suppressed(page, report)
    yield from _knowledge(page, report)


# ----------------------------------------------------------------------------------------------------------------- header


def _header(page: Page, report: Report) -> Iterator[str]:
    image = report.image
    yield page.line(("Image     ", "dim"), (image.reference, "title"), f"  {image.platform}" if str(image.platform) else "")
    kind = "manifest" if image.digests.manifest else "config"
    yield page.line(("Digest    ", "dim"), image.digest, (f"  {kind}", "dim"))
    for distribution in report.inventory.distributions:
        where = f" in {distribution.origin.root}" if distribution.origin.root else ""
        yield page.line(
            ("System    ", "dim"), f"{distribution}{where}", "" if distribution.origin.visible else (" (deleted by a later layer)", "warn")
        )
    yield page.line(("Layers    ", "dim"), *_layer_summary(report))
    types = Counter(package.type for package in report.inventory.packages)
    kinds = ", ".join(f"{number} {type_}" for type_, number in types.most_common())
    yield page.line(("Packages  ", "dim"), f"{len(report.inventory.packages)}{': ' if kinds else ''}{kinds}")
    yield "\n"


def _layer_summary(report: Report) -> Iterator[Part]:
    number = len(report.image.layers)
    if any(zone is not Zone.UNKNOWN for zone in report.zones):
        base = f" {report.base}" if report.base else ""
        groups = ", ".join(f"{spans(layers)} {zone}{base if zone is Zone.BASE else ''}" for zone, layers in _layers_of_zones(report))
        yield f"{number}: {groups}"
        return
    yield str(number)
    yield "  whose they are is not known: name the base image with --base", "dim"


def _layers_of_zones(report: Report) -> Iterator[tuple[Zone, list[int]]]:
    for zone in Zone:
        if layers := [index for index, own in enumerate(report.zones) if own is zone]:
            yield zone, layers


def _verdict(page: Page, report: Report, counts: Tally) -> Iterator[str]:
    if report.blind:
        blind = sum(gap.blind for gap in report.gaps)
        yield page.line(
            ("Could not tell", "bad"), f": {count(blind, 'thing was', 'things were')} not seen that may change this answer. What was seen:"
        )
    if not counts.total:
        if not report.knowledge:
            yield page.line(("No findings, but no advisories were asked", "warn"), ": vulnerabilities were not looked for.")
        else:
            yield page.line(("No findings", "warn" if report.blind else "good"), f" in {count(len(report.inventory.packages), 'package')}.")
        yield "\n"
        return
    parts: list[Part] = []
    for severity, number in counts.severities:
        parts += [(f"{number} {severity.name}", severity.word), "   "]
    if counts.exploited:
        parts += [(f"{counts.exploited} exploited in the wild", "bad"), "   "]
    yield page.line(*parts[:-1])
    if counts.upgrades:
        yield page.line(
            (count(counts.upgrades, "upgrade"), "title"),
            f" {'removes' if counts.upgrades == 1 else 'remove'} {counts.fixable} of {count(counts.total, 'finding')}.",
        )
    yield "\n"


# ----------------------------------------------------------------------------------------------------------- other findings


def _block(page: Page, report: Report, title: str, found: list[Finding]) -> Iterator[str]:
    """Yield the findings of one kind by what to do: one rule and remedy, then its places."""
    if not found:
        return
    yield page.line((title, "title"), f"  {len(found)}")
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        groups.setdefault((finding.rule, finding.remedy), []).append(finding)
    for (rule, remedy), group in groups.items():
        messages = {finding.message for finding in group}
        first = group[0]
        head = first.message if len(messages) == 1 else rule
        yield page.line(
            _INDENT, severity_part(max(finding.severity for finding in group), 11), visible(head), (f"  {rule}" if head != rule else "", "dim")
        )
        for finding in group[:PLACES_SHOWN]:
            yield page.line(" " * 13, *_placed(report, finding, len(messages) > 1))
        if len(group) > PLACES_SHOWN:
            yield page.line((" " * 13 + f"… and {len(group) - PLACES_SHOWN} more; {_ALL}", "dim"))
        yield from _remedy(page, remedy, 13)
    yield "\n"


def _placed(report: Report, finding: Finding, with_message: bool) -> Iterator[Part]:
    place = finding.path or finding.subject
    yield f"{visible(place)}{f':{finding.line}' if finding.line else ''}{f'  {finding.message}' if with_message else ''}"
    if finding.origin.layer >= 0:
        yield f"  {_layer_text(finding.origin, zone_of(report, finding))}", "dim"
    if not finding.origin.visible:
        yield "  deleted later, yet still in the image", "warn"


def _layer_text(origin: Origin, zone: Zone) -> str:
    return f"layer {origin.layer}{f' {zone}' if zone is not Zone.UNKNOWN else ''}"


def _remedy(page: Page, remedy: str, indent: int) -> Iterator[str]:
    for index, line in enumerate(wrap(visible(remedy).split(" "), page.width - indent - 2)):
        yield page.line(" " * indent, ("→ " if index == 0 else "  ") + line)


# ----------------------------------------------------------------------------------------------------------------- footer


def _layers(page: Page, report: Report) -> Iterator[str]:
    """Say which instructions brought what was found."""
    wanted = {finding.origin.layer for finding in report.findings if finding.origin.layer >= 0}
    shown = [layer for layer in report.image.layers if layer.index in wanted]
    if not shown:
        return
    yield page.line(("Layers", "title"), "  that brought what was found")
    for layer in shown:
        zone = report.zones[layer.index] if layer.index < len(report.zones) else Zone.UNKNOWN
        word = f"{'' if zone is Zone.UNKNOWN else zone:<7}" if report.zones else ""
        yield page.line(
            f"{_INDENT}{layer.index:>3}  ", (word, "dim"), _short(layer.instruction) if layer.instruction else ("no instruction is recorded", "dim")
        )
    yield "\n"


def _short(instruction: str) -> str:
    """Return an instruction without what the builders add to each of them (classic `/bin/sh -c #(nop) `, BuildKit `# buildkit`)."""
    text = instruction.removesuffix("# buildkit").strip()
    for prefix in ("/bin/sh -c #(nop) ", "RUN /bin/sh -c "):
        if text.startswith(prefix):
            text = text.removeprefix(prefix).strip()
            return f"RUN {text}" if prefix.startswith("RUN") else text
    return f"RUN {text.removeprefix('/bin/sh -c ')}" if text.startswith("/bin/sh -c ") else text


def _gaps(page: Page, gaps: Iterable[Gap], blind: bool) -> Iterator[str]:
    chosen = [gap for gap in gaps if gap.blind is blind]
    if not chosen:
        return
    yield page.line(("Could not tell", "bad") if blind else ("Notes", "title"), f"  {len(chosen)}")
    for gap in chosen[:GAPS_SHOWN]:
        where = f" ({gap.path})" if gap.path and gap.path not in gap.message else ""
        layer = f"layer {gap.layer}: " if gap.layer >= 0 else ""
        for index, line in enumerate(wrap(visible(f"{layer}{gap.message}{where}").split(" "), page.width - 4)):
            yield page.line(("  ! " if blind else "  · ") if index == 0 else "    ", line)
        yield from _remedy(page, gap.remedy, 4)
    if len(chosen) > GAPS_SHOWN:
        yield page.line((f"{_INDENT}… and {len(chosen) - GAPS_SHOWN} more; {_ALL}", "dim"))
    yield "\n"


def _suppressed(page: Page, report: Report) -> Iterator[str]:
    if not report.suppressed:
        return
    yield page.line(("Not counted", "title"), f"  {count(len(report.suppressed), 'finding')}; {_ALL}")
    for reason, number in Counter(suppressed.reason for suppressed in report.suppressed).most_common(PLACES_SHOWN):
        yield page.line(f"{_INDENT}{number:>3}  ", reason)
    yield "\n"


def _knowledge(page: Page, report: Report) -> Iterator[str]:
    if not report.knowledge:
        return
    yield page.line(("Known from", "title"), "" if whole(report) else ("  nothing that was whole", "warn"))
    texts = whole(report)
    for line in wrap([f"{text}," for text in texts[:-1]] + texts[-1:], page.width - len(_INDENT)):
        yield page.line(_INDENT, line)
    for text in lacking(report):
        yield from (page.line(_INDENT, (line, "warn")) for line in wrap(text.split(" "), page.width - len(_INDENT)))


FORMAT = Format(id="table", media_type="text/plain", render=render, for_people=True)
