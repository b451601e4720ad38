"""A scan: inventory, checks, advisories and zones, joined into a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pratique.image.open import open_image
from pratique.inspection.seeing import Progress, Reading, see
from pratique.model import Distribution, Finding, Gap, Image, Inventory, Item, Kind, Knowledge, Mark, Origin, Persona, Report, Suppressed, Zone
from pratique.store.evidence import EvidenceStore

if TYPE_CHECKING:  # imported where they are used, while the first layers are already being read
    from pratique.catalog.observer import Observer
    from pratique.checks.check import Check, Hit
    from pratique.image.source import Source
    from pratique.inspection.analysing import Analysis, Orders


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
    persona: Persona = Persona.REGULAR
    """Who wants to hear it: findings that only a more pedantic one wants are left out."""
    yara: tuple[str, ...] = ()
    """YARA rules: files, folders, `own`."""
    clamd: str | None = None
    """The socket of ClamAV's daemon."""
    indicators: tuple[str, ...] = ()
    """Lists of hosts that no program should speak with."""
    orders: Orders | None = None
    """External analysers to run on the application's code, and results of other tools to join."""
    kinds: frozenset[Kind] | None = None
    """The kinds of checks to run; None for all."""
    ignore: frozenset[str] = frozenset()
    """Rules, by any of their names, whose findings are set aside."""


def inspect(request: Request, meanwhile: Callable[[], None] | None = None, afterwards: Callable[[Source], None] | None = None) -> Inventory:
    """Say what is in an image. Raises `PratiqueError` where it cannot be reached or is none.

    `meanwhile` is called while layers are read, `afterwards` when they were, with the image still open.
    """
    with open_image(
        request.reference, platform=request.platform, insecure=request.insecure, environ=request.environ, progress=request.progress
    ) as source:
        store = EvidenceStore(request.data / "evidence.sqlite")
        try:
            with Reading(source, store) as reading:
                besides, absent = _besides(request)
                inventory = _searched(see(reading, request.progress, meanwhile, besides, request.kinds), request)
            if afterwards is not None:
                afterwards(source)
            return replace(inventory, gaps=(*inventory.gaps, *absent, *store.notices)) if store.notices or absent else inventory
        finally:
            store.close()


def _besides(request: Request) -> tuple[tuple[Observer, ...], tuple[Gap, ...]]:
    """Return the observers of what is looked for besides the checks, and what cannot be looked for here."""
    found: tuple[Observer, ...] = ()
    if _asked(request, Kind.SECRET):
        from pratique.inspection import secrets

        found = (secrets.observer(request.data),)
    if not (request.yara or request.clamd or request.indicators):
        return found, ()
    from pratique.inspection.looking import observers

    more, absent = observers(request.yara, request.clamd, bool(request.indicators))
    return (*found, *more), absent


def _asked(request: Request, kind: Kind) -> bool:
    return request.kinds is None or kind in request.kinds


def _searched(inventory: Inventory, request: Request) -> Inventory:
    """Search the configuration for secrets, where these are asked for, and forget what it said."""
    marks: tuple[Mark, ...] = ()
    if _asked(request, Kind.SECRET):
        from pratique.inspection import secrets

        marks = tuple(secrets.configured(inventory.image))
    return replace(inventory, image=replace(inventory.image, concealed=None), marks=(*inventory.marks, *marks))


def scan(request: Request) -> Report:
    """Say what is in an image, what is wrong with it, whose it is and what to do. Raises `PratiqueError` where no report is possible."""
    orders = request.orders
    if not orders:
        return report(inspect(request, _prepare), request)
    from pratique.inspection.analysing import analyse

    done: list[Analysis] = []
    inventory = inspect(request, _prepare, lambda source: done.append(analyse(orders, source)))
    return report(inventory, request, done[0])


def _prepare() -> None:
    """Import what judging needs, while layers are read."""
    from pratique.inspection.registry import feeds

    feeds()


def report(inventory: Inventory, request: Request, analysis: Analysis | None = None) -> Report:
    """Hold an inventory against what is known now."""
    if request.indicators:
        from pratique.inspection.looking import indicated

        inventory = replace(inventory, marks=(*inventory.marks, *indicated(inventory, request.indicators)))
    zones, base_gaps, base_layers = _zones(inventory.image, request)
    judging = request.kinds is None or bool(request.kinds - {Kind.VULNERABILITY})
    checked, set_aside = _checked(inventory, request.now) if judging else ([], [])
    checked = [(persona, finding) for persona, finding in checked if _asked(request, finding.kind)]
    findings = [finding for persona, finding in checked if persona <= request.persona]
    gaps = list(inventory.gaps) + base_gaps
    if analysis is not None:
        from pratique.inspection.analysing import joined

        findings = joined(findings, analysis)
        set_aside = [*set_aside, *analysis.suppressed]
        gaps += analysis.gaps
    knowledge: tuple[Knowledge, ...] = ()
    if _asked(request, Kind.VULNERABILITY):
        matched, suppressed, knowledge, more = _matched(inventory, request)
        findings += matched
        set_aside = [*set_aside, *suppressed]
        gaps += more
    ignored = [finding for finding in findings if request.ignore & finding.names]
    set_aside = [*set_aside, *(Suppressed(finding, "ignored by name: --ignore") for finding in ignored)]
    findings = [finding for finding in findings if not request.ignore & finding.names]
    unsorted = Report(inventory, (), knowledge, tuple(set_aside), tuple(dict.fromkeys(gaps)), request.base, base_layers, zones, request.now)
    return replace(
        unsorted,
        findings=_ordered(replace(finding, zone=unsorted.zone(finding.origin)) for finding in findings),
        suppressed=tuple(replace(s, finding=replace(s.finding, zone=unsorted.zone(s.finding.origin))) for s in unsorted.suppressed),
        checks=tuple(sorted(check.id for check in _checks() if _asked(request, check.kind))) if judging else (),
        benchmark=_benchmark(inventory, [finding for _, finding in checked], request),
    )


def _benchmark(inventory: Inventory, findings: list[Finding], request: Request) -> tuple[Item, ...]:
    """Return the items of the CIS benchmark, where all that they rest on was asked for."""
    if not (_asked(request, Kind.HARDENING) and _asked(request, Kind.SECRET)):
        return ()
    from pratique.checks.cis import cis

    return cis(inventory, findings)


def _checks() -> list[Check]:
    from pratique.inspection.registry import dated_checks, file_checks, image_checks, reported, secret_words, tree_checks

    return [*file_checks(), *tree_checks(), *image_checks(), *dated_checks(), *reported(), *secret_words()]


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    from pratique.matching.urgency import urgency

    return tuple(sorted(findings, key=urgency))


def bill(request: Request) -> Report:
    """Say what is in an image, and nothing else: the report of a bill of materials."""
    inventory = inspect(replace(request, kinds=frozenset()))
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


def _checked(inventory: Inventory, now: datetime) -> tuple[list[tuple[Persona, Finding]], list[Suppressed]]:
    """Return what the checks object to, each with who wants to hear it, and what is not counted."""
    found: list[tuple[Persona, Finding]] = []
    suppressed: list[Suppressed] = []
    for persona, finding, mark in _objections(inventory, now):
        reason = "" if mark is None else mark.allowed or (_not_own(mark) if finding.kind is Kind.CODE else "")
        if reason:
            suppressed.append(Suppressed(finding, reason))
        else:
            found.append((persona, finding))
    return found, suppressed


def _not_own(mark: Mark) -> str:
    """Say why code is not the application's; nothing where it is."""
    if mark.owner:
        return f"the code is {mark.owner}'s, not the application's"
    return "" if mark.origin.visible else "the code is no longer there: a later layer deleted or replaced the file"


def _objections(inventory: Inventory, now: datetime) -> Iterator[tuple[Persona, Finding, Mark | None]]:
    from pratique.checks.check import Hit
    from pratique.inspection.registry import dated_checks, image_checks

    by_id = {check.id: check for check in _checks()}
    for mark in inventory.marks:
        check = by_id.get(mark.rule)
        if check is not None:
            path = None if mark.path.startswith("config:") else mark.path
            hit = Hit(mark.path, mark.message, mark.line, mark.secret, mark.severity, confidence=mark.confidence)
            yield check.persona, _finding(check, hit, mark.origin, path), mark
    said: list[tuple[Check, Iterator[Hit]]] = [(check, check.run(inventory)) for check in image_checks()]
    said += [(check, check.run(inventory, now)) for check in dated_checks()]
    layers = inventory.image.layers
    for check, hits in said:
        for hit in hits:
            origin = Origin()
            if hit.layer is not None and 0 <= hit.layer < len(layers):
                layer = layers[hit.layer]
                origin = Origin(hit.layer, layer.diff_id, layer.instruction)
            yield check.persona, _finding(check, hit, origin, None), None


def _finding(check: Check, hit: Hit, origin: Origin, path: str | None) -> Finding:
    return Finding(
        rule=check.id,
        kind=check.kind,
        subject=hit.subject,
        severity=check.severity if hit.severity is None else hit.severity,
        message=hit.message,
        aliases=check.aliases,
        severity_source="pratique",
        confidence=check.confidence if hit.confidence is None else hit.confidence,
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
