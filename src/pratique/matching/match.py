"""Hold the packages of an image against advisories: one finding per flaw and package, and a Gap for all that could not be judged.

OS packages are judged by their distribution's own feed, by source package (RPM: binary package) and release; language packages by their OSV
ecosystem. A language package that an OS package owns is judged by that distribution alone, for a backport keeps the old version number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pratique.matching import lifecycle, modularity
from pratique.matching.flaw import joined, likeliest, worst
from pratique.matching.merge import Claim, claims, merged
from pratique.matching.ranges import Answer, Versions, affects, past
from pratique.matching.subject import SHOWN, SYSTEM, Order, Subject, Subjects, subjects
from pratique.matching.urgency import urgency
from pratique.matching.wording import MAX_NOTE, plain
from pratique.model import (
    Advisory,
    Affected,
    Distribution,
    Exploited,
    Finding,
    Gap,
    Lifecycle,
    Likelihood,
    Package,
    Status,
    Suppressed,
)


class Lookup(Protocol):
    """Where advisories come from: `AdvisoryStore.advisories` is one."""

    def __call__(self, ecosystem: str, names: Iterable[str], relevant: Callable[[Affected], bool] | None = None, /) -> Iterable[Advisory]:
        """Yield the advisories of one OSV ecosystem (with its release) that name one of the packages.

        Entries that `relevant` refuses may be left out, and advisories without any other: they need not be read further.
        """
        ...


@dataclass(frozen=True, slots=True)
class Matches:
    """What matching says: findings most urgent first, those set aside with the reason, and what could not be judged."""

    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    gaps: tuple[Gap, ...] = ()
    withdrawn: int = 0
    """How many advisories name a package of this image but were withdrawn by their publisher."""


def _everything(_: str) -> bool:
    return True


def _nothing(_: Iterable[str]) -> Mapping[str, Any]:
    return {}


def match(
    packages: Iterable[Package],
    distributions: Sequence[Distribution],
    orders: Mapping[str, Order],
    lookup: Lookup,
    *,
    now: datetime,
    exploited: Callable[[Iterable[str]], Mapping[str, Exploited]] = _nothing,
    likelihood: Callable[[Iterable[str]], Mapping[str, Likelihood]] = _nothing,
    lifecycles: Callable[[str], Iterable[Lifecycle]] | None = None,
    covered: Callable[[str], bool] = _everything,
) -> Matches:
    """Hold packages against advisories. Pure: the same arguments give the same answer, in whatever order packages and advisories come.

    `orders` maps purl types to ecosystems; `covered(ecosystem)` says whether there is data on an OSV ecosystem (with its release) at all: without
    it, no advisories would look like no flaws. `exploited` and `likelihood` answer for many ids at once; `lifecycles(distribution id)` lists its
    releases.
    """
    asked = subjects(packages, distributions, orders, covered)
    found, doubts, withdrawn = _held(asked, orders, lookup)
    flaws = [one for subject, hits in found.items() for one in joined(subject, merged(hits), asked.versions[subject.type])]
    names = {name for one in flaws for name in one.names}
    known, scores = exploited(names), likelihood(names)
    findings: list[Finding] = []
    suppressed: list[Suppressed] = []
    for one in flaws:
        entry, score = worst(one.names, known), likeliest(one.names, scores)
        for package in asked.packages[one.subject]:
            owned = bool(package.owner) and one.subject.type not in SYSTEM
            if owned and package.owner in asked.judged:
                reason = f"its files are those of {package.owner}, which the advisories of its distribution judge"
                suppressed.append(Suppressed(one.finding(package, entry, score), reason))
            else:
                findings.append(one.finding(package, entry, score, f"{package.owner} owns its files, but no feed judges it" if owned else ""))
    gaps = [*asked.gaps, *_unreadable(doubts)]
    for ended in lifecycle.support(distributions, lifecycles, now) if lifecycles is not None else ():
        findings.append(ended) if isinstance(ended, Finding) else gaps.append(ended)
    findings.sort(key=urgency)
    suppressed.sort(key=lambda one: urgency(one.finding))
    return Matches(tuple(findings), tuple(suppressed), tuple(gaps), withdrawn)


Doubts = dict[Subject, list[Advisory]]


def _held(asked: Subjects, orders: Mapping[str, Order], lookup: Lookup) -> tuple[dict[Subject, list[Claim]], Doubts, int]:
    """Return the claims that hit each subject, the advisories of which it could not be told, and how many were withdrawn."""
    found: dict[Subject, list[Claim]] = {}
    doubts: Doubts = {}
    withdrawn: set[str] = set()
    for ecosystem, by_name in asked.by_ecosystem().items():
        names = _Names(ecosystem, by_name, asked, orders)
        for advisory in lookup(ecosystem, by_name.keys(), names.relevant):
            if not advisory.security:
                continue
            for subjects_, entries in names.of(advisory):
                if advisory.withdrawn:
                    withdrawn.add(advisory.id)
                    continue
                for subject in subjects_:
                    if _judge(advisory, entries, subject, asked.versions[subject.type], found) is Answer.UNKNOWN:
                        doubts.setdefault(subject, []).append(advisory)
        if doubts:
            _settle(doubts, names, found, lookup)
    return found, doubts, len(withdrawn)


class _Names:
    """The subjects of one ecosystem under the names that advisories write, each of which is normalised once."""

    def __init__(self, ecosystem: str, by_name: Mapping[str, list[Subject]], asked: Subjects, orders: Mapping[str, Order]) -> None:
        type_ = next(iter(by_name.values()))[0].type
        self.ecosystem = ecosystem
        self.versions = asked.versions[type_]
        self._normalise = orders[type_].normalise
        self._by_name = by_name
        self._seen: dict[str, list[Subject]] = {}

    def subjects(self, name: str) -> list[Subject]:
        """Return the subjects of a name."""
        try:
            return self._seen[name]
        except KeyError:
            found = self._seen[name] = self._by_name.get(name) or self._by_name.get(self._normalise(name)) or []
            return found

    def relevant(self, entry: Affected) -> bool:
        """Whether an entry may bear on one of the subjects."""
        return any(
            not past(entry, subject.version, self.versions) or modularity.bears(entry, subject.version, subject.module)
            for subject in self.subjects(entry.name)
        )

    def of(self, advisory: Advisory) -> Iterator[tuple[list[Subject], list[Affected]]]:
        """Yield the subjects an advisory names with all its entries for them."""
        named: dict[str, list[Affected]] = {}
        for entry in advisory.affected:
            if entry.ecosystem == self.ecosystem and self.subjects(entry.name):
                named.setdefault(entry.name, []).append(entry)
        return ((self.subjects(name), entries) for name, entries in named.items())


def _judge(advisory: Advisory, entries: Sequence[Affected], subject: Subject, versions: Versions, found: dict[Subject, list[Claim]]) -> Answer:
    """Return whether an advisory hits a subject; file its claims where it does."""
    version = subject.version
    said = [one for one in entries if one.status is not Status.NOT_AFFECTED and _of_arch(one, subject.arch)]
    if subject.type == "rpm":
        said = modularity.nearest((one for one in said if modularity.applicable(one, version, subject.module, advisory.summary)), version, versions)
    answer = Answer.NO
    hits: list[Affected] = []
    for entry in said:
        one = affects(entry, version, versions)
        if one is Answer.YES:
            hits.append(entry)
        answer = max(answer, one)
    if hits:
        found.setdefault(subject, []).extend(claims(advisory, tuple(said), tuple(hits)))
    return answer


def _of_arch(entry: Affected, arch: str) -> bool:
    """Whether an entry is about an architecture; one that names none, or a package of none, is about all."""
    return not entry.arch or arch in ("", "noarch", "all") or arch in entry.arch


def _settle(doubts: Doubts, names: _Names, found: Mapping[Subject, Sequence[Claim]], lookup: Lookup) -> None:
    """Drop the doubts that another record of the same flaw settles, and those on a version that cannot be read: these are one Gap already."""
    for subject in [subject for subject in doubts if subject.ecosystem == names.ecosystem]:
        unclear = doubts.pop(subject)
        if names.versions.key(subject.version) is None:
            continue
        settled = {name for claim in found.get(subject, ()) for name in claim.names}
        for advisory in lookup(names.ecosystem, (subject.name,)):  # all that is known of it: also what says no
            entries = [entry for subjects_, entries in names.of(advisory) if subject in subjects_ for entry in entries]
            if entries and not advisory.withdrawn and _judge(advisory, entries, subject, names.versions, {}) is Answer.NO:
                settled.update((advisory.id, *advisory.aliases))
        if left := [advisory for advisory in unclear if settled.isdisjoint((advisory.id, *advisory.aliases, *advisory.upstream))]:
            doubts[subject] = left


def _unreadable(doubts: Doubts) -> Iterator[Gap]:
    """Yield one Gap for each ecosystem whose advisories have ranges that cannot be held against a version."""
    causes: dict[str, list[str]] = {}
    for subject, advisories in doubts.items():
        causes.setdefault(subject.ecosystem, []).extend(f"{advisory.id} on {subject.name} {subject.version}" for advisory in advisories)
    for ecosystem, pairs in causes.items():
        ordered = sorted(set(pairs))
        more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
        yield Gap(
            id="advisory-unreadable",
            message=f"whether {len(ordered)} advisories of {ecosystem} hit could not be told, for they name no version that can be compared: "
            + plain(", ".join(ordered[:SHOWN]), MAX_NOTE)
            + more,
            remedy="Read these advisories at their publisher.",
        )
