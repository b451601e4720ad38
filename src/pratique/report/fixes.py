"""Findings by what removes them: one fix (an upgrade of one package, in one zone) and all the flaws that go with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pratique.matching.urgency import urgency
from pratique.model import Finding, Kind, Package, Report, Severity, Status, Zone

DISTRIBUTION_TYPES = frozenset({"deb", "apk", "rpm"})
"""The releases of these have one line of versions: the highest fix holds all lower ones."""

_URGENCY = 4
"""The parts of the key of `urgency` that say how urgent; those after them only make the order the same each time."""


@dataclass(frozen=True, slots=True)
class Fix:
    """One upgrade and the flaws it removes; with an empty `fixed`, the flaws of one package that nothing removes yet."""

    name: str
    """The source package of a distribution, else the package."""
    installed: str
    fixed: str
    status: Status
    zone: Zone
    visible: bool
    flaws: tuple[Finding, ...]
    """One finding a rule, the most urgent first: several binary packages of one source share their flaws."""
    packages: tuple[str, ...]
    """The installed packages that it is about, by name."""
    layers: tuple[int, ...]

    @property
    def severity(self) -> Severity:
        """The worst of its flaws."""
        return max(flaw.severity for flaw in self.flaws)

    @property
    def exploited(self) -> bool:
        """Whether one of its flaws is known to be exploited."""
        return any(flaw.exploited for flaw in self.flaws)

    @property
    def epss(self) -> float | None:
        """The highest likelihood of its flaws; None where none has one."""
        return max((flaw.epss.score for flaw in self.flaws if flaw.epss), default=None)


def fixes(report: Report) -> list[Fix]:
    """Return the vulnerabilities of a report by their fixes, the most urgent first."""
    of_package: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in report.findings:
        if finding.kind is Kind.VULNERABILITY:
            of_package[_place(report, finding)].append(finding)
    found = [fix for findings in of_package.values() for fix in _of_one_package(report, findings)]
    return sorted(found, key=lambda fix: (urgency(fix.flaws[0])[:_URGENCY], -len(fix.flaws), fix.name, fix.installed, fix.fixed))


def others(report: Report, kind: Kind) -> list[Finding]:
    """Return the findings of another kind, the most urgent first."""
    return sorted((finding for finding in report.findings if finding.kind is kind), key=urgency)


def zone_of(report: Report, finding: Finding) -> Zone:
    """Return whose a finding is: its own zone, else that of its layer."""
    return finding.zone if finding.zone is not Zone.UNKNOWN else report.zone(finding.origin)


def _place(report: Report, finding: Finding) -> tuple[object, ...]:
    package, zone = finding.package, zone_of(report, finding)
    if package is None:
        return zone, finding.origin.root, finding.subject
    name, version = _named(package)
    return zone, package.origin.root, package.origin.visible, package.type, name, version


def _named(package: Package) -> tuple[str, str]:
    """Return the name and version that upgrades go by: the source package's. Advisories on RPMs name binaries, each with its own version."""
    if package.source is None:
        return package.full_name, package.version
    if package.type == "rpm":
        return package.source.name, package.version
    return package.source.name, package.source.version or package.version


def _of_one_package(report: Report, findings: list[Finding]) -> Iterator[Fix]:
    parts: dict[tuple[str, Status], list[Finding]] = defaultdict(list)
    targets = _targets(findings)
    for finding in findings:
        parts[targets.get(finding.fixed, ""), Status.AFFECTED if finding.fixed else finding.status].append(finding)
    for (fixed, status), part in parts.items():
        worst: dict[str, Finding] = {}
        for finding in part:
            if finding.rule not in worst or urgency(finding) < urgency(worst[finding.rule]):
                worst[finding.rule] = finding
        first = part[0]
        name, installed = _named(first.package) if first.package else (first.subject, "")
        packages = tuple(sorted({f.package.full_name for f in part if f.package}))
        if first.package and first.package.type == "rpm" and len(packages) == 1:
            name = packages[0]
        yield Fix(
            name=name,
            installed=installed,
            fixed=fixed,
            status=status,
            zone=zone_of(report, first),
            visible=first.package.origin.visible if first.package else first.origin.visible,
            flaws=tuple(sorted(worst.values(), key=urgency)),
            packages=packages,
            layers=tuple(sorted({f.origin.layer for f in part if f.origin.layer >= 0})),
        )


def _targets(findings: list[Finding]) -> dict[str, str]:
    """Map each fixed version to the one to go to: that removes all flaws of the package at once; of a source's binaries, the highest."""
    targets = {finding.fixed: finding.upgrade or finding.fixed for finding in findings if finding.fixed}
    package = findings[0].package
    if package is not None and package.type in DISTRIBUTION_TYPES and len(set(targets.values())) > 1:
        try:
            highest = max(targets.values(), key=orders()[package.type])
        except (ValueError, KeyError):
            return targets
        return dict.fromkeys(targets, highest)
    return targets


@cache
def orders() -> dict[str, Callable[[str], Any]]:
    """Return the version order of each purl type."""
    from pratique.catalog.ecosystem import Ecosystem  # loaded here: few reports need it
    from pratique.leaves import leaves

    return {ecosystem.type: ecosystem.order for ecosystem in leaves("pratique.ecosystems", Ecosystem)}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, by severity and by what counts most. A flaw of a source package counts once, whatever the number of its binaries."""

    severities: tuple[tuple[Severity, int], ...]
    total: int
    exploited: int
    fixable: int
    upgrades: int


def tally(report: Report, found: Iterable[Fix]) -> Tally:
    """Count the findings of a report, the vulnerabilities by their fixes."""
    found = list(found)
    flaws = [flaw for fix in found for flaw in fix.flaws] + [f for f in report.findings if f.kind is not Kind.VULNERABILITY]
    by_severity: dict[Severity, int] = defaultdict(int)
    for flaw in flaws:
        by_severity[flaw.severity] += 1
    return Tally(
        severities=tuple(sorted(by_severity.items(), reverse=True)),
        total=len(flaws),
        exploited=sum(flaw.exploited is not None for flaw in flaws),
        fixable=sum(len(fix.flaws) for fix in found if fix.fixed),
        upgrades=sum(bool(fix.fixed) for fix in found),
    )
