"""A stretch of the merged file system: rows of several layers under their paths, and what is selected of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from pratique.catalog.contents import Run

MAX_FOLDERS = 250_000
"""Folders of one window that are remembered to see which of them a layer hides; beyond, each candidate is looked up, which is slower."""


class Node(NamedTuple):
    """One visible member. `type`, `mode`, `link` as in `observer.Member`; `layer`: the index of the layer that wrote it."""

    path: str
    type: str
    mode: int
    uid: int
    gid: int
    size: int
    link: str
    capabilities: bytes
    layer: int
    sha256: bytes

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Select:
    """Which nodes: all that fulfil one of `bits`, `names`, `folders`, `capabilities`, `links`, and have one of the `types`."""

    bits: int = 0
    """Any of these mode bits. Those of symbolic links mean nothing: ask with `types`."""
    names: frozenset[str] = frozenset()
    """The last part of the path."""
    folders: tuple[str, ...] = ()
    """Everything below these folders, at any depth."""
    capabilities: bool = False
    """Files with capabilities (capabilities(7), "File capabilities")."""
    types: str = "fh"
    links: str = ""
    """Symbolic links whose target has this text."""


class Part(NamedTuple):
    """A stretch of one run within a window: rows `low` to `high`, numbered from `start` in the window."""

    start: int
    layer: int
    run: Run
    paths: list[str]
    """Those of the rows from `low` to `high`."""
    low: int
    high: int


@dataclass(slots=True)
class Window:
    """The merged members between two paths."""

    parts: list[Part]
    starts: list[int]
    top: dict[str, int]
    """The number of the visible row of each path."""
    _ordered: list[str] | None = None

    def ordered(self) -> list[str]:
        """Return the visible paths, sorted."""
        if self._ordered is None:
            self._ordered = sorted(self.top)
        return self._ordered

    def node(self, number: int) -> Node:
        """Return the node of a row."""
        part = self.parts[bisect_right(self.starts, number) - 1]
        return _node(part, number - part.start + part.low)


_FOLDER = ord("d")


class Prefixes:
    """What a path begins with, without the path itself."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __contains__(self, other: object) -> bool:
        return isinstance(other, str) and other != self._path and self._path.startswith(other)


def files_over_folders(parts: Sequence[Part], folders: Container[str] | None) -> dict[str, int]:
    """Return those of the folders that are something else in a layer above the lowest, and the highest such layer. Of duplicates the last counts."""
    found: dict[str, int] = {}
    for layer, group in groupby((part for part in parts if part.layer), key=lambda part: part.layer):
        own: dict[str, bool] = {}
        of_layer = list(group)
        for part in of_layer:
            types, paths = part.run.types[part.low : part.high], part.paths
            if len(of_layer) == 1:  # no duplicates within a run
                own = {path: True for path, kind in zip(paths, types, strict=True) if kind != _FOLDER and (folders is None or path in folders)}
            else:
                own.update((path, kind != _FOLDER) for path, kind in zip(paths, types, strict=True) if folders is None or path in folders)
        found.update((path, layer) for path, is_file in own.items() if is_file)
    return found


def folders_above(paths: Iterable[str]) -> set[str] | None:
    """Return every folder above the paths; None where they are too many to remember."""
    folders = {""}
    for folder in {path.rpartition("/")[0] for path in paths}:
        while folder not in folders:
            folders.add(folder)
            if len(folders) > MAX_FOLDERS:
                return None
            folder = folder.rpartition("/")[0]
    return folders


def select_within(window: Window, selects: Sequence[Select], found: list[list[Node]]) -> None:
    """Add the nodes of one window. Columns first: a node is made only for what somebody wants."""
    types = frozenset("".join(select.types for select in selects))
    by_name: dict[str, list[int]] = {}
    for at, select in enumerate(selects):
        for name in select.names:
            by_name.setdefault(name, []).append(at)
    wanted: set[tuple[int, int]] = set()
    for part in window.parts:
        modes = memoryview(part.run.numbers[0]).cast("H")[part.low : part.high]
        by_mode = {mode: which for mode in set(modes) if (which := [at for at, select in enumerate(selects) if select.bits & mode])}
        if by_mode:
            kinds = part.run.types[part.low : part.high]
            there = {(kind, mode) for kind, mode in zip(kinds, modes, strict=True) if mode in by_mode}
            pairs = {(kind, mode): [at for at in by_mode[mode] if chr(kind) in selects[at].types] for kind, mode in there}
            rows = enumerate(zip(kinds, modes, strict=True), part.start)
            wanted.update((number, at) for number, pair in rows if pair in pairs for at in pairs[pair])
        for at, select in enumerate(selects):
            if select.capabilities:
                wanted.update((row - part.low + part.start, at) for row in part.run.capabilities if part.low <= row < part.high)
            if text := select.links.encode():
                led = (row for row, link in part.run.links.items() if text in link)
                wanted.update((row - part.low + part.start, at) for row in led if part.low <= row < part.high)
    if by_name:
        top = window.top
        for path in top:
            if (named := path[path.rfind("/") + 1 :]) in by_name:
                wanted.update((top[path], at) for at in by_name[named])
    if any(select.folders for select in selects):
        ordered = window.ordered()
        for at, select in enumerate(selects):
            for folder in select.folders:
                below = bisect_left(ordered, f"{folder}/")
                while below < len(ordered) and ordered[below].startswith(f"{folder}/"):
                    wanted.add((window.top[ordered[below]], at))
                    below += 1
    nodes: dict[int, Node | None] = {}
    for number, at in wanted:
        if number not in nodes:
            part = window.parts[bisect_right(window.starts, number) - 1]
            row = number - part.start + part.low
            seen = chr(part.run.types[row]) in types and window.top.get(part.paths[number - part.start]) == number
            nodes[number] = _node(part, row) if seen else None
        node = nodes[number]
        if node is not None and node.type in selects[at].types:
            found[at].append(node)


def _node(part: Part, row: int) -> Node:
    run = part.run
    mode, uid, gid, size = [memoryview(run.numbers[at]).cast(code)[row] for at, code in ((0, "H"), (1, "I"), (2, "I"), (3, "Q"))]  # type: ignore[call-overload] # codes are not literals here
    link = run.links.get(row, b"").decode("utf-8", "surrogateescape")
    digest = run.digests[row * 32 : row * 32 + 32]
    return Node(part.paths[row - part.low], chr(run.types[row]), mode, uid, gid, size, link, run.capabilities.get(row, b""), part.layer, digest)
