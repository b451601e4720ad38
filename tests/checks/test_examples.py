"""Every check runs its own examples."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

import pytest

from pratique.catalog.observer import Member
from pratique.catalog.plan import Plan
from pratique.catalog.planting import plant
from pratique.checks.check import DatedCheck, DockerfileCheck, FileCheck, Folder, Grove, ImageCheck, Sample, TreeCheck
from pratique.dockerfile.build import Build
from pratique.dockerfile.edit import apply
from pratique.dockerfile.evaluate import evaluate
from pratique.dockerfile.parse import parse
from pratique.dockerfile.sketch import sketch
from pratique.inspection.judging import judge
from pratique.inspection.lint import dockerfile_checks
from pratique.inspection.registry import dated_checks, file_checks, image_checks, tree_checks
from pratique.model import Gap, Inventory, Mark


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


@pytest.mark.parametrize(("check", "sample"), [(c, s) for c in dated_checks() for s in c.catches], ids=lambda v: getattr(v, "id", None))
def test_a_dated_check_catches_its_examples(check: DatedCheck, sample: tuple[Inventory, datetime]) -> None:
    assert list(check.run(*sample))


@pytest.mark.parametrize(("check", "sample"), [(c, s) for c in dated_checks() for s in c.passes], ids=lambda v: getattr(v, "id", None))
def test_a_dated_check_passes_its_examples(check: DatedCheck, sample: tuple[Inventory, datetime]) -> None:
    assert not list(check.run(*sample))


def marks(check: TreeCheck, sample: Grove) -> list[Mark]:
    found = list(judge(plant(sample.members, check.keeps, sample.config, sample.whiteouts), [check]))
    assert not [fact for fact in found if isinstance(fact, Gap)]
    return [fact for fact in found if isinstance(fact, Mark)]


@pytest.mark.parametrize(("check", "sample"), [(c, s) for c in tree_checks() for s in c.catches], ids=lambda v: getattr(v, "id", None))
def test_a_tree_check_catches_its_examples(check: TreeCheck, sample: Grove) -> None:
    assert marks(check, sample)


@pytest.mark.parametrize(("check", "sample"), [(c, s) for c in tree_checks() for s in c.passes], ids=lambda v: getattr(v, "id", None))
def test_a_tree_check_passes_its_examples(check: TreeCheck, sample: Grove) -> None:
    assert marks(check, sample) == []


def built(sample: str | Folder) -> Build:
    return sketch(sample) if isinstance(sample, str) else sketch(sample.dockerfile, sample.files, sample.ignore, sample.rules)


@pytest.mark.parametrize(("check", "sample"), [(c, s) for c in dockerfile_checks() for s in c.catches], ids=lambda v: getattr(v, "id", None))
def test_a_dockerfile_check_catches_its_examples(check: DockerfileCheck, sample: str | Folder) -> None:
    build = built(sample)
    hits = list(check.run(build))
    assert hits
    for hit in hits:
        assert hit.span is not None
        assert hit.line == hit.span.start.line
        assert 1 <= hit.line <= max(1, len(build.dockerfile.lines))


@pytest.mark.parametrize(("check", "sample"), [(c, s) for c in dockerfile_checks() for s in c.passes], ids=lambda v: getattr(v, "id", None))
def test_a_dockerfile_check_passes_its_examples(check: DockerfileCheck, sample: str | Folder) -> None:
    assert list(check.run(built(sample))) == []


@pytest.mark.parametrize("check", [c for c in dockerfile_checks() if c.fix is not None], ids=lambda c: c.id)
def test_a_fix_mends_an_example_and_breaks_no_other(check: DockerfileCheck) -> None:
    assert check.fix is not None
    mended = 0
    for sample in check.catches:
        before = built(sample)
        lines = apply(before.dockerfile.lines, check.fix(before))
        after = evaluate(parse("\n".join(lines) + "\n"), before.context)
        assert len(list(check.run(after))) <= len(list(check.run(before)))
        assert len(after.dockerfile.faults) <= len(before.dockerfile.faults)
        assert [i.keyword for i in after.dockerfile.instructions] or not [*before.dockerfile.instructions]
        mended += not list(check.run(after))
    for sample in check.passes:
        assert list(check.fix(built(sample))) == []
    assert mended


def test_every_check_has_examples_and_its_id_is_its_file_name() -> None:
    for check in (*file_checks(), *image_checks(), *dated_checks(), *tree_checks(), *dockerfile_checks()):
        assert check.catches
        assert check.passes
        assert check.run.__module__.rpartition(".")[2] == check.id.replace("-", "_")
