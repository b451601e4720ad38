"""Every check runs its own examples."""

from __future__ import annotations

from io import BytesIO

import pytest

from pratique.catalog.observer import Member
from pratique.catalog.plan import Plan
from pratique.checks.check import FileCheck, ImageCheck, Sample
from pratique.inspection.registry import file_checks, image_checks
from pratique.model import Inventory


def hits(check: FileCheck, sample: Sample) -> list[object]:
    member = Member(sample.path, "f", sample.mode, size=len(sample.data))
    plan = Plan.compile([_observer(check)])
    if not plan.named(sample.path) and not plan.begun(sample.data[:16]):
        return []
    return list(check.run(member, BytesIO(sample.data)))


def _observer(check: FileCheck):
    from pratique.catalog.observer import Observer

    return Observer(check.id, check.revision, check.wants)


@pytest.mark.parametrize(("check", "sample"), [(c, s) for c in file_checks() for s in c.catches], ids=lambda v: getattr(v, "id", None))
def test_a_file_check_catches_its_examples(check: FileCheck, sample: Sample) -> None:
    assert hits(check, sample)


@pytest.mark.parametrize(("check", "sample"), [(c, s) for c in file_checks() for s in c.passes], ids=lambda v: getattr(v, "id", None))
def test_a_file_check_passes_its_examples(check: FileCheck, sample: Sample) -> None:
    assert not hits(check, sample)


@pytest.mark.parametrize(("check", "sample"), [(c, s) for c in image_checks() for s in c.catches], ids=lambda v: getattr(v, "id", None))
def test_an_image_check_catches_its_examples(check: ImageCheck, sample: Inventory) -> None:
    assert list(check.run(sample))


@pytest.mark.parametrize(("check", "sample"), [(c, s) for c in image_checks() for s in c.passes], ids=lambda v: getattr(v, "id", None))
def test_an_image_check_passes_its_examples(check: ImageCheck, sample: Inventory) -> None:
    assert not list(check.run(sample))


def test_every_check_has_examples_and_its_id_is_its_file_name() -> None:
    for check in (*file_checks(), *image_checks()):
        assert check.catches
        assert check.passes
        assert check.run.__module__.rpartition(".")[2] == check.id.replace("-", "_")
