"""One flaw in one package version, from all the records that name it: what its findings have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pratique.matching.merge import Claim, preference, rule
from pratique.matching.ranges import Versions, fix
from pratique.matching.remedy import remedy
from pratique.matching.severity import severity
from pratique.matching.subject import Subject
from pratique.matching.wording import MAX_MESSAGE, MAX_NOTE, plain, sentence
from pratique.model import Advisory, Affected, Confidence, Exploited, Finding, Kind, Likelihood, Package, Severity, Status

MAX_REFERENCES = 50
"""Links kept per finding; the first ones are those of the record that is worth most."""

_WEIGHT = (Status.UNDETERMINED, Status.AFFECTED, Status.POSTPONED, Status.END_OF_LIFE, Status.WONT_FIX)
"""What publishers say where there is no fix, in rising order of how much it says."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is said of one flaw in one subject."""

    subject: Subject
    rule: str
    aliases: tuple[str, ...]
    kind: Kind
    severity: Severity
    severity_source: str
    status: Status
    fixed: str
    upgrade: str
    message: str
    note: str
    cvss: tuple[str, ...]
    published: str
    references: tuple[str, ...]
    feeds: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it is known by."""
        return (self.rule, *self.aliases)

    def finding(self, package: Package, exploited: Exploited | None, epss: Likelihood | None, note: str = "") -> Finding:
        """Return the finding on one package; `note` says what else bears on it."""
        notes = [self.note, note]
        confidence = Confidence.HIGH
        if package.last_known or self.status is Status.UNDETERMINED:
            confidence = Confidence.LOW
        if package.last_known:
            notes.append("the database that listed the package was deleted or emptied later: whether it is still installed cannot be told")
        return Finding(
            rule=self.rule,
            kind=self.kind,
            subject=package.purl,
            severity=self.severity,
            message=self.message,
            aliases=self.aliases,
            severity_source=self.severity_source,
            confidence=confidence,
            remedy=remedy(package, self.kind, self.status, self.fixed),
            origin=package.origin,
            status=self.status,
            fixed=self.fixed,
            upgrade=self.upgrade,
            exploited=exploited,
            epss=epss,
            package=package,
            path=package.locations[0] if package.locations else None,
            note="; ".join(filter(None, notes)),
            cvss=self.cvss,
            published=self.published,
            references=self.references,
            feeds=self.feeds,
        )


def flaw(subject: Subject, group: Sequence[Claim], versions: Versions) -> Flaw:
    """Join the claims of one flaw (as `merge.merged` groups and sorts them) that hit a subject."""
    advisories = [claim.advisory for claim in group]
    pairs = [(claim.advisory, entry) for claim in group for entry in claim.hits]
    malicious = any(one.malicious or one.id.startswith("MAL-") for one in advisories)
    name = rule(group, malicious)
    others = {other for claim in group for other in (*claim.names, *claim.also)} - {name}
    fixed = "" if malicious else fix([claim.entries for claim in group], subject.version, versions)
    worst_word, source = (Severity.CRITICAL, "malware") if malicious else severity(pairs)
    return Flaw(
        subject=subject,
        rule=name,
        aliases=tuple(sorted(others, key=preference)),
        kind=Kind.MALWARE if malicious else Kind.VULNERABILITY,
        severity=worst_word,
        severity_source=source,
        status=_status((entry for _, entry in pairs), fixed),
        fixed=fixed,
        upgrade=fixed,
        message=_message(name, subject, advisories),
        note=plain("; ".join(sorted({entry.note for _, entry in pairs if entry.note})), MAX_NOTE),
        cvss=tuple(dict.fromkeys(vector for one in advisories for vector in one.cvss)),
        published=min((one.published for one in advisories if one.published and not one.published.startswith("0001-")), default=""),
        references=tuple(dict.fromkeys(link for one in advisories for link in one.references))[:MAX_REFERENCES],
        feeds=tuple(sorted({one.feed for one in advisories})),
    )


def joined(subject: Subject, groups: Iterable[Sequence[Claim]], versions: Versions) -> list[Flaw]:
    """Return the flaws of a subject, one for each group of claims, with the one upgrade that removes all of them that can be removed."""
    listed = [(group, flaw(subject, group, versions)) for group in groups]
    fixed = [(group, one) for group, one in listed if one.fixed]
    if len({one.fixed for _, one in fixed}) < 2:
        return [one for _, one in listed]
    # No lower version than the highest fix can remove all; where even that one is hit again by a later branch, there is no single upgrade.
    upgrade = fix([claim.entries for group, _ in fixed for claim in group], subject.version, versions)
    return [replace(one, upgrade=(upgrade or one.fixed) if one.fixed else "") for _, one in listed]


def _status(entries: Iterable[Affected], fixed: str) -> Status:
    """Return what the publishers say; with a fix that can be installed it is plainly affected, whatever was said before there was one."""
    if fixed:
        return Status.AFFECTED
    said = {entry.status for entry in entries}
    return next((status for status in reversed(_WEIGHT) if status in said), Status.AFFECTED)


def _message(name: str, subject: Subject, advisories: Sequence[Advisory]) -> str:
    """Return the first sentence of the best record that has one."""
    return next((text for one in advisories if (text := sentence(one.summary))), plain(f"{name} in {subject.name} {subject.version}", MAX_MESSAGE))


def worst(names: Iterable[str], known: Mapping[str, Exploited]) -> Exploited | None:
    """Return the entry of the first day that a flaw was known to be exploited, under any of its names."""
    found = [known[name] for name in names if name in known]
    return min(found, key=lambda entry: (entry.added, entry.id), default=None)


def likeliest(names: Iterable[str], scores: Mapping[str, Likelihood]) -> Likelihood | None:
    """Return the highest likelihood under any of a flaw's names; None where nobody has estimated it."""
    found = [scores[name] for name in names if name in scores]
    return max(found, key=lambda one: (one.score, one.day), default=None)
