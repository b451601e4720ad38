"""Is a version affected, and which version has the fix: the evaluation of OSV, with a third answer where it cannot be told.

Source: https://ossf.github.io/osv-schema/#evaluation and #requirements (`introduced` is inclusive, `fixed` exclusive, `last_affected` inclusive;
`introduced: "0"` is before every version, whatever the order of the ecosystem makes of "0").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Any

from pratique.model import Affected, Range, Status


class Answer(IntEnum):
    """Three values, ordered so that *or* is `max` and *and* is `min` (Kleene): could not tell is never no, and never yes."""

    NO = 0
    UNKNOWN = 1
    YES = 2


class Versions:
    """The versions of one ecosystem in its order, each parsed once: advisories name the same few over and over."""

    __slots__ = ("_keys", "_order")

    def __init__(self, order: Callable[[str], Any]) -> None:
        self._order = order
        self._keys: dict[str, Any] = {}

    def key(self, version: str) -> Any:
        """Return the order key of a version; None where it is no version of this ecosystem."""
        try:
            return self._keys[version]
        except KeyError:
            pass
        try:
            key = self._order(version)
        except ValueError:
            key = None
        self._keys[version] = key
        return key


BEGINNING = ("", "0")
"""What `introduced` says for "from the first version"."""


def affects(affected: Affected, version: str, versions: Versions) -> Answer:
    """Return whether `affected` names this version: by its list of versions, or by one of its ranges.

    Lists and ranges are alternatives (OSV: "versions" *or* "ranges"). Where no range decides, another spelling of a listed version counts as well:
    where one does, reading every listed version would cost far more than all else. What names neither says nothing of versions: it cannot be told.
    """
    if version in affected.versions:
        return Answer.YES
    answer = Answer.NO if affected.ranges else Answer.UNKNOWN
    for branch in affected.ranges:
        if (one := within(branch, version, versions)) > answer:
            if one is Answer.YES:
                return one
            answer = one
    if answer is Answer.UNKNOWN and affected.versions:
        found = listed(affected.versions, version, versions)
        return found if not affected.ranges else max(answer, found)
    return answer


def within(branch: Range, version: str, versions: Versions) -> Answer:
    """Return whether a version lies in one branch: not below `introduced`, below `fixed`, not above `last_affected`."""
    key = versions.key(version)
    answer = Answer.YES
    if (introduced := branch.introduced) not in BEGINNING:
        bound = versions.key(introduced)
        if key is None or bound is None:
            answer = Answer.UNKNOWN
        elif key < bound:
            return Answer.NO
    if fixed := branch.fixed:
        if fixed == "0":
            return Answer.NO  # fixed before every version: never affected
        bound = versions.key(fixed)
        if key is None or bound is None:
            answer = Answer.UNKNOWN
        elif not key < bound:
            return Answer.NO
    if last := branch.last_affected:
        bound = versions.key(last)
        if key is None or bound is None:
            answer = Answer.UNKNOWN
        elif bound < key:
            return Answer.NO
    return answer


def listed(names: Iterable[str], version: str, versions: Versions) -> Answer:
    """Return whether a version is one of a list by another spelling (`1.0` and `1.0.0` are one version of PyPI)."""
    key = versions.key(version)
    if key is None:
        return Answer.UNKNOWN  # it may be one of them, written otherwise
    return Answer.YES if any(other is not None and other == key for other in map(versions.key, names)) else Answer.NO


def past(affected: Affected, version: str, versions: Versions) -> bool:
    """Return whether a version lies behind all that an entry names: then the entry neither hits it nor bears on its fix, which lies above.

    Cheaper than `affects`, and most of what is known of a package is past. Where it cannot be told: False.
    """
    if affected.status is Status.NOT_AFFECTED:
        return True
    key = versions.key(version)
    if key is None:
        return False
    for branch in affected.ranges:
        if branch.fixed:
            if branch.fixed != "0" and ((bound := versions.key(branch.fixed)) is None or key < bound):
                return False
        elif not branch.last_affected or (bound := versions.key(branch.last_affected)) is None or not bound < key:
            return False
    if not affected.ranges:
        return affects(affected, version, versions) is Answer.NO
    return version not in affected.versions


def fix(records: Sequence[Sequence[Affected]], version: str, versions: Versions) -> str:
    """Return the lowest version above `version` that is free of one flaw, of which each record says what its entries say; empty where none is known.

    So a fix lies on the branch of the version itself where that branch has one, and a fix that another record still calls affected is none.
    A record that names no end at all does not take away the fix that another record of the same flaw names: it knows less, not better.
    """
    if len(records) == 1 and len(records[0]) == 1 and len(records[0][0].ranges) == 1 and not records[0][0].versions:
        only = records[0][0].ranges[0].fixed
        return only if only and _above(only, version, versions) else ""
    fixes = {branch.fixed for entries in records for one in entries for branch in one.ranges if branch.fixed}
    above = sorted(
        (candidate for candidate in fixes if _above(candidate, version, versions)), key=lambda candidate: (versions.key(candidate), candidate)
    )
    free = [{candidate for candidate in above if any_affects(entries, candidate, versions) is Answer.NO} for entries in records]
    ends = [candidates for candidates in free if candidates]
    return next((candidate for candidate in above if ends and all(candidate in candidates for candidates in ends)), "")


def any_affects(entries: Iterable[Affected], version: str, versions: Versions) -> Answer:
    """Return whether one of an advisory's entries for a package names this version."""
    return max((affects(one, version, versions) for one in entries), default=Answer.NO)


def _above(candidate: str, version: str, versions: Versions) -> bool:
    key, bound = versions.key(version), versions.key(candidate)
    return key is not None and bound is not None and key < bound
