"""The twelve recommendations of CIS Docker Benchmark section 4, "Container Images and Build File", each answered from what was found.

"Could not tell" is an answer of its own and never becomes "met": no absence of findings proves what nobody looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pratique.model import Answer, Confidence, Finding, Inventory, Item, Kind

SHOWN = 3
"""Findings that one reason names."""

Judge = Callable[[Inventory, tuple[Finding, ...]], tuple[Answer, str]]


def cis(inventory: Inventory, findings: Iterable[Finding]) -> tuple[Item, ...]:
    """Answer each item. `findings`: all of them, of every check and persona. Pure."""
    found = tuple(findings)
    return tuple(Item(id, title, *judge(inventory, found)) for id, title, judge in ITEMS)


def _unknown(reason: str) -> Judge:
    return lambda _inventory, _findings: (Answer.UNKNOWN, reason)


def _by(rules: frozenset[str], met: str, *, of_files: bool = True, of_config: bool = False, of_history: bool = False) -> Judge:
    """Return a judge for which any finding of the rules is an objection; without one, it is met where all was seen."""

    def judge(inventory: Inventory, findings: tuple[Finding, ...]) -> tuple[Answer, str]:
        if objections := [finding for finding in findings if finding.rule in rules]:
            return Answer.NOT_MET, _said(objections)
        if of_config and inventory.image.source == "dir":
            return Answer.UNKNOWN, "a plain folder has no configuration"
        if of_history and not any(layer.instruction for layer in inventory.image.layers):
            return Answer.UNKNOWN, "the image has no history that tells its instructions"
        if of_files and not of_history and any(gap.blind for gap in inventory.gaps):
            return Answer.UNKNOWN, "not all of the image could be seen"
        return Answer.MET, met

    return judge


def _secrets(inventory: Inventory, findings: tuple[Finding, ...]) -> tuple[Answer, str]:
    objections = [finding for finding in findings if finding.kind is Kind.SECRET]
    if sure := [finding for finding in objections if finding.confidence is Confidence.HIGH]:
        return Answer.NOT_MET, _said(sure)
    if objections:
        return Answer.UNKNOWN, f"what may be secrets was found, which nobody confirmed: {_said(objections)}"
    if any(gap.blind for gap in inventory.gaps):
        return Answer.UNKNOWN, "not all of the image could be seen"
    return Answer.MET, "no secret was found in any layer"


def _verified(_: Inventory, findings: tuple[Finding, ...]) -> tuple[Answer, str]:
    if objections := [finding for finding in findings if finding.rule in ("unverified-packages", "tampered-file")]:
        return Answer.NOT_MET, _said(objections)
    return Answer.UNKNOWN, "no instruction switches verification off; that it was done, no package database records"


def _said(findings: list[Finding]) -> str:
    messages = list(dict.fromkeys(_where(finding) for finding in findings))
    more = f"; and {len(messages) - SHOWN} more" if len(messages) > SHOWN else ""
    return "; ".join(messages[:SHOWN]) + more


def _where(finding: Finding) -> str:
    return f"{finding.path}: {finding.message}" if finding.path else finding.message


TOOLS = frozenset({"installed-shell", "installed-compiler", "installed-package-manager", "installed-network-tool", "remote-access-server"})
PRIVILEGED = frozenset({"setuid-file", "setuid-shipped", "file-capabilities"})

ITEMS: tuple[tuple[str, str, Judge], ...] = (
    ("CIS-4.1", "a user for the container", _by(frozenset({"user-root"}), "the image names a user that is not root", of_config=True)),
    ("CIS-4.2", "trusted base images only", _unknown("the chain of base images is not known")),
    ("CIS-4.3", "no unnecessary packages", _by(TOOLS, "no shell, compiler, package manager or network tool was found")),
    ("CIS-4.4", "scanned and rebuilt with security patches", _unknown("it is scanned now; whether it is rebuilt regularly is not known")),
    ("CIS-4.5", "content trust", _unknown("signatures were not asked for")),
    ("CIS-4.6", "a HEALTHCHECK", _by(frozenset({"healthcheck-missing"}), "the image has one", of_files=False, of_config=True)),
    ("CIS-4.7", "no update instruction alone", _by(frozenset({"update-alone"}), "no instruction of its history is one", of_history=True)),
    ("CIS-4.8", "no setuid and setgid permissions", _by(PRIVILEGED, "no file has them, nor capabilities")),
    ("CIS-4.9", "COPY instead of ADD", _by(frozenset({"added-not-copied"}), "ADD brought none but the lowest layer", of_history=True)),
    ("CIS-4.10", "no secrets", _secrets),
    ("CIS-4.11", "verified packages only", _verified),
    ("CIS-4.12", "signed artefacts are validated", _unknown("signatures were not asked for")),
)  # fmt: skip
"""Id, what it asks in our words, and who answers."""


def counted(items: Iterable[Item]) -> Iterator[tuple[Answer, int]]:
    """Yield each answer with how many items have it."""
    answers = [item.answer for item in items]
    return ((answer, answers.count(answer)) for answer in Answer)
