"""Every leaf there is, and the plan that is compiled from them, once a process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import BinaryIO

from pratique.advisories.feed import Feed
from pratique.catalog import distribution
from pratique.catalog.coalesce import RELEASE
from pratique.catalog.ecosystem import Ecosystem, Keep
from pratique.catalog.keeper import keeper, keepers
from pratique.catalog.observer import MIB, Fact, Member, Observer
from pratique.catalog.plan import Plan
from pratique.checks.check import DatedCheck, FileCheck, Hit, ImageCheck, Reported, TreeCheck
from pratique.checks.secret import REVOKE, SecretRules
from pratique.leaves import leaves
from pratique.model import Confidence, Kind, Mark, Severity

KEPT = "1"
"""The revision of what is kept for checks of the tree: changes whenever the same file would be reduced to something else."""


ENVIRONMENT = "secret-in-environment"
"""The word for a variable that is named as a secret, and set."""


@cache
def ecosystems() -> tuple[Ecosystem, ...]:
    """Return every ecosystem there is."""
    return tuple(leaves("pratique.ecosystems", Ecosystem))


@cache
def feeds() -> tuple[Feed, ...]:
    """Return every feed there is."""
    return tuple(leaves("pratique.advisories.feeds", Feed))


@cache
def file_checks() -> tuple[FileCheck, ...]:
    """Return every check that looks at single files."""
    return tuple(leaves("pratique.checks", FileCheck))


@cache
def image_checks() -> tuple[ImageCheck, ...]:
    """Return every check that looks at an inventory."""
    return tuple(leaves("pratique.checks", ImageCheck))


@cache
def dated_checks() -> tuple[DatedCheck, ...]:
    """Return every check that depends on today."""
    return tuple(leaves("pratique.checks", DatedCheck))


@cache
def tree_checks() -> tuple[TreeCheck, ...]:
    """Return every check that looks at the merged file system."""
    return tuple(leaves("pratique.checks", TreeCheck))


@cache
def reported() -> tuple[Reported, ...]:
    """Return every word under which programs of others report."""
    return tuple(leaves("pratique.checks", Reported))


@cache
def secret_rules() -> tuple[SecretRules, ...]:
    """Return the rules for secrets, by family."""
    return tuple(leaves("pratique.checks.secrets", SecretRules))


@cache
def secret_words() -> tuple[Reported, ...]:
    """Return every rule for secrets as the word it reports under."""
    return (
        Reported(
            ENVIRONMENT,
            Kind.SECRET,
            Severity.MEDIUM,
            Confidence.MEDIUM,
            "Does the image set a variable that is named as a secret?",
            REVOKE,
            aliases=("CIS-DI-0010",),
        ),
        *(
            Reported(
                rule.id,
                Kind.SECRET,
                rule.severity,
                rule.confidence,
                f"Does the image hold this: {rule.provider}, {rule.id}?",
                REVOKE,
                rule.persona,
                rule.aliases,
            )
            for family in secret_rules()
            for rule in family.rules
        ),
    )


EVERY = frozenset((Kind.VULNERABILITY, Kind.SECRET, Kind.HARDENING, Kind.MALWARE, Kind.CODE))
"""The kinds of checks that a scan runs where nothing is chosen."""
ADVISED = frozenset((Kind.VULNERABILITY,))
"""What advisories alone tell: where no more is asked for, no check is even imported."""


@cache
def plan(besides: tuple[Observer, ...] = (), kinds: frozenset[Kind] = EVERY) -> Plan:
    """Return the compiled wishes of all ecosystems, of the checks of these kinds, and of what is looked for besides."""
    observers: list[Observer] = [keeper(Keep(RELEASE, distribution.PATTERNS, limit=MIB), "1")]
    for ecosystem in ecosystems():
        observers += keepers(ecosystem)
    chosen = [check for check in file_checks() if check.kind in kinds] if kinds - ADVISED else []
    observers += [_observer(check) for check in chosen if check.kind is not Kind.CODE]
    if Kind.CODE in kinds:
        observers.append(_coder([check for check in chosen if check.kind is Kind.CODE]))
    observers += _kept(chosen_trees(kinds))
    return Plan.compile([*observers, *besides], sums=Kind.MALWARE in kinds)


@cache
def chosen_trees(kinds: frozenset[Kind]) -> tuple[TreeCheck, ...]:
    """Return the checks of the merged file system that are of these kinds."""
    return tuple(check for check in tree_checks() if check.kind in kinds) if kinds - ADVISED else ()


def _kept(checks: Iterable[TreeCheck]) -> Iterator[Observer]:
    """Yield an observer for each role that checks of the tree want kept; several checks may share one."""
    keeps = {keep.role: keep for check in checks for keep in check.keeps}
    return (keeper(keep, KEPT) for _, keep in sorted(keeps.items()))


def _observer(check: FileCheck) -> Observer:
    def see(member: Member, file: BinaryIO) -> Iterator[Fact]:
        for hit in check.run(member, file):
            yield _mark(check, hit)

    return Observer(check.id, check.revision, check.wants, see)


def _coder(checks: Iterable[FileCheck]) -> Observer:
    """Return the one observer of all checks of code: they want the same files, and read each of them once."""
    rules = tuple(checks)

    def see(member: Member, file: BinaryIO) -> Iterator[Fact]:
        fault: ValueError | None = None
        for check in rules:
            file.seek(0)
            try:
                yield from [_mark(check, hit) for hit in check.run(member, file)]
            except ValueError as unread:
                fault = unread
        if fault is not None:
            raise fault

    wants = tuple(dict.fromkeys(wanted for check in rules for wanted in check.wants))
    return Observer("code", ",".join(f"{check.id}@{check.revision}" for check in rules), wants, see)


def _mark(check: FileCheck, hit: Hit) -> Mark:
    return Mark(check.id, hit.subject, hit.message, hit.line, hit.secret, severity=hit.severity, confidence=hit.confidence)
