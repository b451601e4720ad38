"""Every leaf there is, and the plan that is compiled from them, once a process."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import BinaryIO

from pratique.advisories.feed import Feed
from pratique.catalog import distribution
from pratique.catalog.coalesce import RELEASE
from pratique.catalog.ecosystem import Ecosystem, Keep
from pratique.catalog.keeper import keeper, keepers
from pratique.catalog.observer import MIB, Fact, Member, Observer
from pratique.catalog.plan import Plan
from pratique.checks.check import FileCheck, ImageCheck
from pratique.leaves import leaves
from pratique.model import Mark


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
def plan() -> Plan:
    """Return the compiled wishes of all ecosystems and file checks."""
    observers: list[Observer] = [keeper(Keep(RELEASE, distribution.PATTERNS, limit=MIB), "1")]
    for ecosystem in ecosystems():
        observers += keepers(ecosystem)
    observers += [_observer(check) for check in file_checks()]
    return Plan.compile(observers)


def _observer(check: FileCheck) -> Observer:
    def see(member: Member, file: BinaryIO) -> Iterator[Fact]:
        for hit in check.run(member, file):
            yield Mark(check.id, hit.subject, hit.message, hit.line, hit.secret)

    return Observer(check.id, check.revision, check.wants, see)
