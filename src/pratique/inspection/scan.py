"""A scan: inventory, checks, advisories and zones, joined into a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pratique.image.open import open_image
from pratique.inspection.seeing import Progress, Reading, see
from pratique.model import Distribution, Finding, Gap, Image, Inventory, Knowledge, Origin, Report, Suppressed, Zone
from pratique.store.evidence import EvidenceStore

if TYPE_CHECKING:  # imported where they are used, while the first layers are already being read
    from pratique.checks.check import FileCheck, Hit, ImageCheck


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a scan."""

    reference: str
    now: datetime
    data: Path
    """The data directory: evidence cache and advisories."""
    platform: str | None = None
    base: str | None = None
    """The base image that the user names: zones are told from it where its layers are a prefix."""
    feeds: str | None = None
    """A mirror of advisory data, folder or URL; else the publishers."""
    offline: bool = False
    insecure: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)
    progress: Progress | None = None


def inspect(request: Request, meanwhile: Callable[[], None] | None = None) -> Inventory:
    """Say what is in an image. Raises `PratiqueError` where it cannot be reached or is none. `meanwhile` is called while layers are read."""
    with open_image(
        request.reference, platform=request.platform, insecure=request.insecure, environ=request.environ, progress=request.progress
    ) as source:
        store = EvidenceStore(request.data / "evidence.sqlite")
        try:
            with Reading(source, store) as reading:
                inventory = see(reading, request.progress, meanwhile)
            return replace(inventory, gaps=(*inventory.gaps, *store.notices)) if store.notices else inventory
        finally:
            store.close()


def scan(request: Request) -> Report:
    """Say what is in an image, what is wrong with it, whose it is and what to do. Raises `PratiqueError` where no report is possible."""
    return report(inspect(request, _prepare), request)


def _prepare() -> None:
    """Import what judging needs, while layers are read."""
    from pratique.inspection.registry import feeds

    feeds()


def report(inventory: Inventory, request: Request) -> Report:
    """Hold an inventory against what is known now."""
    from pratique.inspection.registry import file_checks, image_checks

    zones, base_gaps, base_layers = _zones(inventory.image, request)
    findings = list(_checked(inventory))
    gaps = list(inventory.gaps) + base_gaps
    matched, suppressed, knowledge, more = _matched(inventory, request)
    findings += matched
    gaps += more
    unsorted = Report(inventory, (), knowledge, suppressed, tuple(dict.fromkeys(gaps)), request.base, base_layers, zones, request.now)
    return replace(
        unsorted,
        findings=_ordered(replace(finding, zone=unsorted.zone(finding.origin)) for finding in findings),
        suppressed=tuple(replace(s, finding=replace(s.finding, zone=unsorted.zone(s.finding.origin))) for s in suppressed),
        checks=tuple(sorted([check.id for check in file_checks()] + [check.id for check in image_checks()])),
    )


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    from pratique.matching.urgency import urgency

    return tuple(sorted(findings, key=urgency))


def bill(request: Request) -> Report:
    """Say what is in an image, and nothing else: the report of a bill of materials."""
    inventory = inspect(request)
    zones, gaps, base_layers = _zones(inventory.image, request)
    return Report(inventory, (), gaps=(*inventory.gaps, *gaps), base=request.base, base_layers=base_layers, zones=zones, created=request.now)


def _zones(image: Image, request: Request) -> tuple[tuple[Zone, ...], list[Gap], int]:
    """Return the zone of each layer: base where the base image that was named is an exact prefix, else unknown."""
    if request.base is None:
        return (Zone.UNKNOWN,) * len(image.layers), [], 0
    with open_image(
        request.base, platform=request.platform or str(image.platform), insecure=request.insecure, environ=request.environ, progress=request.progress
    ) as source:
        base = [layer.diff_id for layer in source.image.layers]
    have = [layer.diff_id for layer in image.layers]
    if base and have[: len(base)] == base:
        return (Zone.BASE,) * len(base) + (Zone.UNKNOWN,) * (len(have) - len(base)), [], len(base)
    differs = next((at for at, (a, b) in enumerate(zip(have, base, strict=False)) if a != b), min(len(have), len(base)))
    gap = Gap(
        "base-differs",
        f"{request.base} is not the base of this image: layer {differs} is another; every zone is unknown",
        blind=False,
        remedy="name the base by the digest it was built on",
    )
    return (Zone.UNKNOWN,) * len(have), [gap], 0


def _checked(inventory: Inventory) -> Iterator[Finding]:
    from pratique.checks.check import Hit
    from pratique.inspection.registry import file_checks, image_checks

    by_id = {check.id: check for check in file_checks()}
    for mark in inventory.marks:
        check = by_id.get(mark.rule)
        if check is not None:
            yield _finding(check, Hit(mark.path, mark.message, mark.line, mark.secret), mark.origin, mark.path)
    for image_check in image_checks():
        for hit in image_check.run(inventory):
            layers = inventory.image.layers
            origin = Origin()
            if hit.layer is not None and 0 <= hit.layer < len(layers):
                layer = layers[hit.layer]
                origin = Origin(hit.layer, layer.diff_id, layer.instruction)
            yield _finding(image_check, hit, origin, None)


def _finding(check: FileCheck | ImageCheck, hit: Hit, origin: Origin, path: str | None) -> Finding:
    return Finding(
        rule=check.id,
        kind=check.kind,
        subject=hit.subject,
        severity=check.severity if hit.severity is None else hit.severity,
        message=hit.message,
        aliases=check.aliases,
        severity_source="pratique",
        confidence=check.confidence,
        remedy=check.remedy,
        origin=origin,
        path=path,
        line=hit.line,
        secret=hit.secret,
    )


def _matched(inventory: Inventory, request: Request) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...], tuple[Knowledge, ...], tuple[Gap, ...]]:
    """Hold the inventory against the advisories, fetched first where they are needed and not here."""
    from pratique.advisories.store import AdvisoryStore
    from pratique.advisories.sync import ensure, needs
    from pratique.inspection.registry import ecosystems, feeds
    from pratique.matching.match import match

    orders = {ecosystem.type: ecosystem for ecosystem in ecosystems()}
    language = frozenset(orders[p.type].osv[0] for p in inventory.packages if p.type in orders and not orders[p.type].database)
    wanted = needs(feeds(), language, inventory.distributions)
    with AdvisoryStore.open(request.data / "advisories.sqlite") as store:
        told = request.progress
        say = None if told is None else lambda what: told(what, 0, 0)
        knowledge, gaps = ensure(store, wanted, mirror=request.feeds, offline=request.offline, now=request.now, progress=say)
        covered = frozenset(_covered(knowledge, language, inventory.distributions))
        matches = match(
            inventory.packages,
            inventory.distributions,
            orders,
            store.advisories,
            now=request.now,
            exploited=store.exploited,
            likelihood=store.likelihood,
            lifecycles=store.lifecycles,
            covered=covered.__contains__,
        )
    return matches.findings, matches.suppressed, knowledge, (*gaps, *matches.gaps)


def _covered(knowledge: Iterable[Knowledge], language: frozenset[str], distributions: Iterable[Distribution]) -> Iterator[str]:
    """Yield the OSV ecosystems that what is known covers: every partition that names their packages is there."""
    from pratique.advisories.sync import needs, serves
    from pratique.catalog.distribution import osv_ecosystem
    from pratique.inspection.registry import feeds

    there = [known for known in knowledge if known.origin != "missing"]
    asked = [(name, needs(feeds(), frozenset((name,)), ())) for name in sorted(language)]
    asked += [(name, needs(feeds(), frozenset(), (d,))) for d in distributions if (name := osv_ecosystem(d)) is not None]
    for name, wanted in asked:
        naming = [need for need in wanted if need[0].names]
        if naming and all(any(serves(known, need) for known in there) for need in naming):
            yield name
