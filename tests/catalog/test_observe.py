"""The pass: who is shown what, once; limits, archives, links; and the table it leaves."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

import image_maker as im
import pytest
from catalog.toy import seen
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.catalog import contents as table
from pratique.catalog import observe as module
from pratique.catalog.contents import Contents, Row
from pratique.catalog.observe import PASS, Observed, Pass
from pratique.catalog.observer import PEEK, Fact, Member, Observer, Stream, Take, Wanted
from pratique.catalog.plan import Plan, Want
from pratique.model import Document, Mark


def looking(*wants: Wanted) -> tuple[Plan, list[tuple[str, bytes]]]:
    """Return a plan with one observer, and the list it fills with what it is shown."""
    shown: list[tuple[str, bytes]] = []

    def see(member: Member, file: BinaryIO) -> Iterator[Fact]:
        data = file.read()
        shown.append((member.path, data))
        yield Document("test", member.path, data)

    return Plan.compile([Observer("test", "1", wants, see)]), shown


def gaps(observed: Observed) -> list[str]:
    return [gap.id for facts in observed.facts.values() for gap in facts.gaps]


@pytest.mark.parametrize(
    ("pattern", "path", "root"),
    [
        ("var/lib/dpkg/status", "var/lib/dpkg/status", ""),
        ("var/lib/dpkg/status", "rootfs/var/lib/dpkg/status", "rootfs"),
        ("var/lib/dpkg/status", "xvar/lib/dpkg/status", None),
        ("var/lib/dpkg/status.d/*", "a/b/var/lib/dpkg/status.d/libc6", "a/b"),
        ("var/lib/dpkg/status.d/*", "var/lib/dpkg/status.d/x/y", None),
        ("var/lib/dpkg/info/*.list", "var/lib/dpkg/info/libc6:amd64.list", ""),
        ("*.dist-info/METADATA", "usr/lib/python3/x-1.dist-info/METADATA", "usr/lib/python3"),
        ("*.dist-info/METADATA", "x.dist-info/METADATA2", None),
        ("*.tar.gz", "a/b.tar.gz", "a"),
        ("*.tar.gz", "a/b.gz", None),
        ("package.json", "package.json", ""),
        ("a+b(.json", "x/a+b(.json", "x"),
        ("f/a*b*c.x", "f/abc.x", ""),
        ("f/a*b*c.x", "f/ac.x", None),
        ("f/a*bb*c.x", "q/f/a1bb2c.x", "q"),
        ("a/b*/*.x", "q/a/bc/d.x", "q"),
        ("a/b*/*.x", "qa/bc/d.x", None),
    ],
)
def test_a_pattern_is_held_against_the_end_of_the_path(pattern: str, path: str, root: str | None) -> None:
    plan, _ = looking(Wanted(pattern=pattern))
    assert [found for _, found in plan.named(path)] == ([] if root is None else [root])


@given(st.text("ab/", max_size=12), st.lists(st.text("ab*", min_size=1, max_size=4), min_size=1, max_size=3))
def test_a_pattern_means_what_the_same_regular_expression_means(path: str, parts: list[str]) -> None:
    """The truth: the standard library's `re`."""
    pattern = "/".join(parts)
    expression = "[^/]*".join(re.escape(text) for text in pattern.split("*"))
    truth = re.search(f"(?:(?<=/)|^){expression}$", path)
    want = Want(Observer("x", "1", ()), Wanted(pattern=pattern), *(("", tuple(parts)) if "*" in pattern else (pattern,)))
    assert (want.root(path) is not None) == (truth is not None), (path, pattern)


def test_of_overlapping_patterns_the_longest_tells_the_root() -> None:
    plan, _ = looking(Wanted(pattern="lib/apk/db/installed"), Wanted(pattern="usr/lib/apk/db/installed"))
    assert [root for _, root in plan.named("usr/lib/apk/db/installed")] == [""]
    assert [root for _, root in plan.named("rootfs/usr/lib/apk/db/installed")] == ["rootfs"]
    assert [root for _, root in plan.named("rootfs/lib/apk/db/installed")] == ["rootfs"]


@pytest.mark.parametrize("pattern", ["*", "a*b", "*/x*y", "*/*"])
def test_a_pattern_that_no_look_up_can_decide_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="look-up"):
        looking(Wanted(pattern=pattern))


def test_a_file_is_shown_once_to_each_observer_that_wants_it_by_name_or_first_bytes() -> None:
    plan, shown = looking(Wanted(pattern="*.so"), Wanted(magic=b"\x7fELF"), Wanted(pattern="etc/motd"))
    elf = b"\x7fELF" + b"x" * 100
    seen([im.file("lib/a.so", elf), im.file("bin/ls", elf), im.file("etc/motd", b""), im.file("etc/other", b"y" * 50)], plan=plan)
    assert [path for path, _ in shown] == ["lib/a.so", "bin/ls", "etc/motd"]
    assert shown[-1] == ("etc/motd", b"")


def test_peek_decides_by_the_first_bytes_even_in_small_blocks() -> None:
    heads: list[bytes] = []

    def peek(head: bytes) -> bool:
        heads.append(head)
        return b"wanted" in head

    plan, shown = looking(Wanted(magic=b"\x7fELF", peek=peek))
    seen([im.file("a", b"\x7fELF" + b"x" * 3000 + b"wanted" + b"z" * 100_000), im.file("b", b"\x7fELF" + b"x" * 3000)], block=700, plan=plan)
    assert [path for path, _ in shown] == ["a"]
    assert len(shown[0][1]) == 4 + 3000 + 6 + 100_000
    assert [len(head) for head in heads] == [PEEK, 3004]


def test_a_file_beyond_its_limit_is_a_gap_and_not_shown() -> None:
    plan, shown = looking(Wanted(pattern="big", limit=1000), Wanted(pattern="big2", limit=1000, blind=False))
    observed = seen([im.file("big", b"x" * 1001), im.file("big2", b"x" * 1001)], plan=plan)
    assert not shown
    assert [(gap.id, gap.blind) for gap in observed.facts["test"].gaps] == [("limit-exceeded", True), ("limit-exceeded", False)]


def test_an_observer_that_cannot_read_a_file_is_a_gap_that_names_it() -> None:
    def see(member: Member, file: BinaryIO) -> Iterator[Fact]:
        yield Mark("x", member.path, "before")
        raise ValueError("no such thing")

    observed = seen([im.file("a.x", b"1")], plan=Plan.compile([Observer("test", "1", (Wanted(pattern="*.x"),), see)]))
    assert [(gap.id, gap.path, "no such thing" in gap.message) for gap in observed.facts["test"].gaps] == [("unreadable", "a.x", True)]


def test_a_stream_gets_every_block_of_a_file_of_any_size() -> None:
    class Count(Stream):
        def __init__(self, member: Member) -> None:
            self.member, self.size = member, 0

        def feed(self, block: bytes | memoryview) -> None:
            self.size += len(block)

        def close(self) -> Iterator[Fact]:
            yield Mark("size", self.member.path, str(self.size))

    plan = Plan.compile([Observer("test", "1", (Wanted(pattern="*.log", take=Take.STREAM, limit=1),), stream=Count)])
    observed = seen([im.file("a.log", b"x" * 100_000), im.file("b.log", b"y")], plan=plan)
    assert [(mark.path, mark.message) for mark in observed.facts["test"].marks] == [("a.log", "100000"), ("b.log", "1")]


def test_large_members_are_shown_from_a_file_that_seeks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SPOOL", 10)
    plan, shown = looking(Wanted(pattern="a", take=Take.SEEKABLE))
    seen([im.file("a", b"x" * 5000)], plan=plan)
    assert shown == [("a", b"x" * 5000)]


# -------------------------------------------------------------------------------------------------------------- archives


def jar(*files: tuple[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files:
            out.writestr(name, content)
    return data.getvalue()


def test_archives_within_archives_are_unpacked_into_members() -> None:
    plan, shown = looking(Wanted(pattern="MANIFEST.MF"))
    inner = jar(("META-INF/MANIFEST.MF", b"inner"))
    seen([im.file("opt/app.war", jar(("META-INF/MANIFEST.MF", b"outer"), ("WEB-INF/lib/x.jar", inner), ("y.txt", b"-")))], plan=plan)
    assert shown == [("opt/app.war!/META-INF/MANIFEST.MF", b"outer"), ("opt/app.war!/WEB-INF/lib/x.jar!/META-INF/MANIFEST.MF", b"inner")]


def test_archives_too_deep_are_a_gap() -> None:
    data = jar(("META-INF/MANIFEST.MF", b"x"))
    for _ in range(10):
        data = jar(("a.jar", data))
    plan, shown = looking(Wanted(pattern="MANIFEST.MF"))
    assert gaps(seen([im.file("a.jar", data)], plan=plan)) == ["limit-exceeded"]
    assert not shown


def test_a_bomb_of_archives_is_stopped_by_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_INNER_BYTES", 1_000_000)
    plan, _ = looking(Wanted(pattern="MANIFEST.MF"))
    bomb = jar(*((f"{i}/MANIFEST.MF", bytes(300_000)) for i in range(10)))
    assert gaps(seen([im.file("a.jar", bomb)], plan=plan)) == ["archive-unreadable"]


def test_a_broken_archive_is_a_gap_and_the_pass_goes_on() -> None:
    plan, shown = looking(Wanted(pattern="MANIFEST.MF"), Wanted(pattern="z"))
    observed = seen([im.file("a.jar", b"PK\x03\x04 no more"), im.file("z", b"seen")], plan=plan)
    assert gaps(observed) == ["archive-unreadable"]
    assert shown == [("z", b"seen")]


# ------------------------------------------------------------------------------------------------------------- the layer


def test_of_duplicate_members_the_last_counts_and_it_is_said() -> None:
    plan, _ = looking(Wanted(pattern="a"))
    observed = seen([im.file("a", b"1"), im.file("a", b"2")], plan=plan)
    assert [document.data for document in observed.facts["test"].documents] == [b"2"]
    assert gaps(observed) == ["duplicate-members"]
    replaced = seen([im.file("a", b"1"), im.symlink("a", "b")], plan=plan)
    assert not replaced.facts["test"].documents


def test_more_members_than_the_limit_end_the_pass_with_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MEMBERS", 3)
    observed = seen([im.file(str(i)) for i in range(5)])
    assert len(observed.contents) == 3
    assert gaps(observed) == ["limit-exceeded"]


def test_a_thousand_gaps_of_a_kind_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_GAPS", 5)
    observed = seen([im.file(f"../{i}") for i in range(50)])
    assert len(gaps(observed)) == 6
    assert "45 more" in observed.facts[PASS].gaps[-1].message


def test_every_file_is_digested_where_that_is_asked_for() -> None:
    plan = Plan.compile(looking(Wanted(pattern="wanted"), Wanted(magic=b"\x7fELF"))[0].observers, digests=True)
    files = {"a": b"x" * 5000, "wanted": b"w" * 3000, "elf": b"\x7fELF" + b"y" * 9000, "tiny": b"1", "empty": b""}
    observed = seen([im.file(path, data) for path, data in files.items()], block=777, plan=plan)
    found = {row.path: row.sha256 for row in observed.contents}
    assert {path: found[path] for path in files if files[path]} == {path: hashlib.sha256(data).digest() for path, data in files.items() if data}


def test_whiteouts_are_no_members() -> None:
    observed = seen([im.whiteout("etc/passwd"), im.opaque("srv"), im.file(".wh..wh.aufs"), im.file("a.wh.b")])
    assert (observed.contents.whiteouts, observed.contents.opaques) == ({"etc/passwd"}, {"srv"})
    assert [row.path for row in observed.contents] == ["a.wh.b"]


# ------------------------------------------------------------------------------------------------------------- the table

rows = st.builds(
    Row,
    st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=8),
    st.sampled_from("fdlhcbp"),
    st.integers(0, 0o7777),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**63),
    st.integers(-(2**40), 2**40),
    st.integers(0, 2**31),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=5),
    st.just(b""),
    st.binary(max_size=24),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(rows, max_size=40))
def test_the_table_gives_back_the_last_row_of_each_path(found: list[Row]) -> None:
    truth = {row.path: row._replace(ordinal=at + 1) for at, row in enumerate(found)}
    for run in (1 << 15, 7):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(table, "RUN", run)
            patch.setattr(table, "RUNS_IN_MEMORY", 2)
            made = Contents()
            for row in found:
                made.add(Member(*row[:7], row.link, row.capabilities))
            made.close()
            assert {row.path: row for row in made} == truth
            assert {path: made.find(path) for path in truth} == truth
            assert made.find("/nowhere") is None
            assert made.types([*truth, "/nowhere"]) == {path: row.type for path, row in truth.items()}
            if (stored := made.encode()) is not None:
                assert list(Contents.decode(stored)) == list(made)
            else:
                assert made.spilled


def test_a_pass_fed_by_hand_is_the_same_as_one_over_a_tar() -> None:
    plan, shown = looking(Wanted(pattern="a"))
    by_hand = Pass(plan)

    class Abc:
        def peek(self, size: int) -> bytes:
            return b"abc"[:size]

        def chunks(self) -> Iterator[bytes]:
            yield b"abc"

    by_hand.member(Member("a", "f", size=3), Abc())
    by_hand.close()
    assert shown == [("a", b"abc")]
