"""The merged file system is the one that layers give when they are laid above one another."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.catalog import contents as tables
from pratique.catalog import tree as trees
from pratique.catalog import window as windows
from pratique.catalog.contents import Contents
from pratique.catalog.observer import Member
from pratique.catalog.tree import Listed, Select, Tree
from pratique.model import Config, Digests, Image, Platform

IMAGE = Image("sample", Digests("sha256:0"), Platform(), (), Config())
PARTS = ("a", "b", "a-b", "a.", "b0")
PATHS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map("/".join)


@dataclass(frozen=True)
class Change:
    path: str
    kind: str
    mode: int = 0o644


CHANGES = st.builds(Change, PATHS, st.sampled_from(["f", "d", "l", "whiteout", "opaque"]), st.sampled_from([0o644, 0o4755, 0o2755, 0o777]))


def table(changes: list[Change]) -> Contents:
    made = Contents()
    for change in changes:
        if change.kind == "whiteout":
            made.whiteouts.add(change.path)
        elif change.kind == "opaque":
            made.opaques.add(change.path)
        else:
            made.add(Member(change.path, change.kind, change.mode))
    return made.close()


def laid(layers: list[list[Change]]) -> dict[str, tuple[int, str, int]]:
    """What OCI image-spec `layer.md` says, step by step: deletions of a layer first, then its members, the last of duplicates."""
    there: dict[str, tuple[int, str, int]] = {}

    def delete(path: str, itself: bool = True) -> None:
        for other in list(there):
            if (itself and other == path) or other.startswith(f"{path}/"):
                del there[other]

    for index, changes in enumerate(layers):
        for change in changes:
            if change.kind in ("whiteout", "opaque"):
                delete(change.path, change.kind == "whiteout")
        own = {change.path: change for change in changes if change.kind not in ("whiteout", "opaque")}
        below = dict(there)
        for path, change in own.items():
            if change.kind != "d":
                for other in below:
                    if other.startswith(f"{path}/"):
                        there.pop(other, None)
        there.update({path: (index, change.kind, change.mode) for path, change in own.items()})
    return there


LAYERS = st.lists(st.lists(CHANGES, max_size=8), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None)
@given(LAYERS)
def test_what_is_visible_is_what_layers_leave(layers: list[list[Change]]) -> None:
    tree = Tree(IMAGE, [table(layer) for layer in layers])
    assert {node.path: (node.layer, node.type, node.mode) for node in tree} == laid(layers)
    assert [node.path for node in tree] == sorted(node.path for node in tree)


@settings(max_examples=150, deadline=None)
@given(LAYERS, st.integers(1, 4), st.integers(1, 2), st.integers(1, 5))
def test_windows_and_spilled_runs_change_nothing(layers: list[list[Change]], window: int, step: int, run: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trees, "WINDOW", window * step)
        patch.setattr(trees, "STEP", step)
        patch.setattr(tables, "RUN", run)
        patch.setattr(tables, "RUNS_IN_MEMORY", 1)
        tree = Tree(IMAGE, [table(layer) for layer in layers])
        found = {node.path: (node.layer, node.type, node.mode) for node in tree}
        assert found == laid(layers)
        assert list(found) == sorted(found)


@settings(max_examples=100, deadline=None)
@given(LAYERS)
def test_without_the_memory_of_folders_the_answer_is_the_same(layers: list[list[Change]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "MAX_FOLDERS", 1)
        assert {n.path: (n.layer, n.type, n.mode) for n in Tree(IMAGE, [table(layer) for layer in layers])} == laid(layers)


@settings(max_examples=100, deadline=None)
@given(LAYERS, st.sampled_from([0o4000, 0o6000, 0o002]), st.frozensets(st.sampled_from(PARTS), max_size=2), st.sampled_from(["f", "fd", "fdl"]))
def test_a_selection_is_a_filter_of_the_walk(layers: list[list[Change]], bits: int, names: frozenset[str], types: str) -> None:
    tree = Tree(IMAGE, [table(layer) for layer in layers])
    select = Select(bits=bits, names=names, folders=("a",), types=types)
    whole = [n for n in tree if (n.mode & bits or n.name in names or n.path.startswith("a/")) and n.type in types]
    assert tree.select(select, Select(bits=bits))[0] == whole
    assert all(tree.find(node.path) == node for node in whole)


def test_a_file_of_a_later_layer_is_not_its_alleged_owners() -> None:
    layers = [[Change("usr/bin/su", "f", 0o4755), Change("usr/bin/ls", "f")], [Change("usr/bin/ls", "f", 0o4755)]]

    def owned(paths: frozenset[str]):
        return ((path, "pkg:deb/debian/coreutils@9", 0) for path in sorted(paths) if path.startswith("usr/bin/"))

    tree = Tree(IMAGE, [table(layer) for layer in layers], listed=(Listed("", owned),))
    assert tree.owners(["usr/bin/su", "usr/bin/ls", "etc/none"]) == {"usr/bin/su": "pkg:deb/debian/coreutils@9"}


def test_one_sweep_answers_for_all_that_was_selected() -> None:
    sweeps: list[int] = []

    def owned(paths: frozenset[str]):
        sweeps.append(len(paths))
        return ((path, "pkg:deb/debian/x@1", 0) for path in sorted(paths))

    tree = Tree(IMAGE, [table([Change(f"usr/bin/p{at}", "f", 0o4755) for at in range(9)])], listed=(Listed("", owned),))
    (nodes,) = tree.select(Select(bits=0o4000))
    assert [tree.owner(node.path) for node in nodes] == ["pkg:deb/debian/x@1"] * 9
    assert sweeps == [9]


def test_a_file_keeps_its_capabilities_through_the_cache() -> None:
    made = Contents()
    made.add(Member("usr/bin/ping", "f", 0o755, capabilities=b"\x01\x00\x00\x02\x00 \x00\x00"))
    made.add(Member("usr/bin/ls", "f", 0o755))
    encoded = made.close().encode()
    assert encoded is not None
    tree = Tree(IMAGE, [Contents.decode(encoded)])
    ((node,),) = tree.select(Select(capabilities=True))
    assert (node.path, node.capabilities) == ("usr/bin/ping", b"\x01\x00\x00\x02\x00 \x00\x00")


@settings(max_examples=100, deadline=None)
@given(LAYERS)
def test_what_is_hidden_and_what_is_visible_are_all_there_is(layers: list[list[Change]]) -> None:
    tree = Tree(IMAGE, [table(layer) for layer in layers])
    hidden = sum(count for _, count, _ in tree.hidden().values())
    there = sum(len({c.path for c in layer if c.kind not in ("whiteout", "opaque") and _last(layer, c.path) == "f"}) for layer in layers)
    assert hidden + sum(node.type == "f" for node in tree) == there


def _last(layer: list[Change], path: str) -> str:
    return [change.kind for change in layer if change.path == path and change.kind not in ("whiteout", "opaque")][-1]
