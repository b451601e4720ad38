"""Each item of CIS Docker Benchmark section 4 is met, not met, or could not be told, and the last never becomes the first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pratique.checks.cis import ITEMS, cis
from pratique.inspection.registry import image_checks, tree_checks
from pratique.model import Answer, Confidence, Config, Digests, Finding, Gap, Image, Inventory, Kind, Layer, Platform, Severity

IMAGE = Image("sample", Digests("sha256:0"), Platform(), (Layer(0, "a", "a", instruction="ADD rootfs.tar /"),), Config(user="65532"), "oci")
INVENTORY = Inventory(IMAGE, ())


def finding(rule: str, kind: Kind = Kind.HARDENING) -> Finding:
    return Finding(rule, kind, "x", Severity.LOW, f"about {rule}", path="usr/bin/x")


def answers(inventory: Inventory = INVENTORY, *findings: Finding) -> dict[str, Answer]:
    return {item.id: item.answer for item in cis(inventory, findings)}


def test_there_are_twelve_items_in_order() -> None:
    assert [item.id for item in cis(INVENTORY, ())] == [f"CIS-4.{number}" for number in range(1, 13)]
    assert all(item.reason for item in cis(INVENTORY, ()))


def test_what_nobody_can_know_yet_could_not_be_told() -> None:
    found = answers()
    assert {id for id, answer in found.items() if answer is Answer.UNKNOWN} == {"CIS-4.2", "CIS-4.4", "CIS-4.5", "CIS-4.11", "CIS-4.12"}
    assert {id for id, answer in found.items() if answer is Answer.MET} == {f"CIS-4.{n}" for n in (1, 3, 6, 7, 8, 9, 10)}


@pytest.mark.parametrize(
    ("item", "rule", "kind"),
    [
        ("CIS-4.1", "user-root", Kind.HARDENING),
        ("CIS-4.3", "installed-compiler", Kind.HARDENING),
        ("CIS-4.6", "healthcheck-missing", Kind.HARDENING),
        ("CIS-4.7", "update-alone", Kind.HARDENING),
        ("CIS-4.8", "setuid-shipped", Kind.HARDENING),
        ("CIS-4.9", "added-not-copied", Kind.HARDENING),
        ("CIS-4.10", "private-key", Kind.SECRET),
        ("CIS-4.11", "unverified-packages", Kind.HARDENING),
    ],
)
def test_a_finding_says_that_an_item_is_not_met(item: str, rule: str, kind: Kind) -> None:
    before, after = answers(), answers(INVENTORY, finding(rule, kind))
    assert after.pop(item) is Answer.NOT_MET
    assert after == {id: answer for id, answer in before.items() if id != item}


def test_what_was_not_seen_is_never_met() -> None:
    found = answers(replace(INVENTORY, gaps=(Gap("layer-truncated", "cut"),)))
    assert [id for id, answer in found.items() if answer is Answer.MET] == ["CIS-4.6", "CIS-4.7", "CIS-4.9"]


def test_what_may_be_a_secret_is_neither_one_nor_none() -> None:
    doubtful = replace(finding("embedded-private-key", Kind.SECRET), confidence=Confidence.MEDIUM)
    assert answers(INVENTORY, doubtful)["CIS-4.10"] is Answer.UNKNOWN
    assert answers(INVENTORY, doubtful, finding("private-key", Kind.SECRET))["CIS-4.10"] is Answer.NOT_MET


def test_a_folder_has_no_configuration_and_no_history() -> None:
    found = answers(replace(INVENTORY, image=replace(IMAGE, source="dir", layers=())))
    assert {id for id, answer in found.items() if answer is Answer.MET} == {"CIS-4.3", "CIS-4.8", "CIS-4.10"}


def test_every_rule_that_an_item_names_is_a_check() -> None:
    there = {check.id for check in (*tree_checks(), *image_checks())}
    named = {"user-root", "healthcheck-missing", "update-alone", "added-not-copied", "unverified-packages", "setuid-file", "setuid-shipped"}
    named |= {
        "file-capabilities",
        "installed-shell",
        "installed-compiler",
        "installed-package-manager",
        "installed-network-tool",
        "remote-access-server",
    }
    assert named <= there
    assert len(ITEMS) == 12


DOCKLE = {f"CIS-DI-{n:04}" for n in (1, 6, 7, 8, 9)} | {f"DKL-DI-{n:04}" for n in range(1, 7)} | {f"DKL-LI-{n:04}" for n in (1, 2, 3)}
"""dockle's rules, but for CIS-DI-0005 (content trust), which the item CIS-4.5 answers, and CIS-DI-0010, which many checks of secrets answer."""


def test_every_rule_of_dockle_has_a_check() -> None:
    aliases = {alias for check in (*tree_checks(), *image_checks()) for alias in check.aliases}
    assert aliases >= DOCKLE
