"""The file system that a container would see: the visible members of all layers, merged. What checks of the whole image walk.

Nothing is kept for each file but its path and a number; tables that were spilled are walked in windows of the sorted paths.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from pratique.catalog.contents import Contents, Run
from pratique.catalog.ecosystem import Declared
from pratique.catalog.view import find, resolve
from pratique.model import Distribution, Document, Image, Package

WINDOW = 500_000
"""Members merged at once: some 90 MiB. Ordinary images have a tenth of it, and are one window."""
STEP = 4096
"""Every how many rows of a run its paths are looked at to find where windows end."""
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


class Listed(NamedTuple):
    """What one package database says of files: `owned(paths)` yields `(path, purl, layer of the package)`, paths relative to `root`."""

    root: str
    owned: Callable[[frozenset[str]], Iterator[tuple[str, str, int]]]


class _Part(NamedTuple):
    """A stretch of one run within a window: rows `low` to `high`, numbered from `start` in the window."""

    start: int
    layer: int
    run: Run
    paths: list[str]
    low: int
    high: int


@dataclass(slots=True)
class _Window:
    parts: list[_Part]
    starts: list[int]
    top: dict[str, int]
    """The number of the visible row of each path."""
    _ordered: list[str] | None = None

    def ordered(self) -> list[str]:
        if self._ordered is None:
            self._ordered = sorted(self.top)
        return self._ordered

    def node(self, number: int) -> Node:
        part = self.parts[bisect_right(self.starts, number) - 1]
        return _node(part, number - part.start + part.low)


@dataclass(slots=True)
class Tree:
    """The merged file system of an image. `layers`: the members of each layer, lowest first."""

    image: Image
    layers: Sequence[Contents]
    packages: tuple[Package, ...] = ()
    """The visible ones."""
    distributions: tuple[Distribution, ...] = ()
    kept: Mapping[str, Sequence[Document]] = field(default_factory=dict)
    """The visible documents by role."""
    listed: Sequence[Listed] = ()
    sums: Sequence[bytes] = ()
    """The table of `catalog.digests` of each layer."""
    declaring: Sequence[tuple[str, Callable[[], Iterator[Declared]]]] = ()
    """What packages say of the content of their files, each with the root that the paths are relative to."""
    declared: Mapping[str, tuple[Declared, ...]] | None = None
    """The same by path, once `catalog.tampering` was asked for it."""
    _whole: _Window | None = None
    _owners: dict[str, str] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        """Return how many members are visible."""
        return sum(len(window.top) for window in self._windows())

    def __iter__(self) -> Iterator[Node]:
        """Yield every visible member, in the order of paths."""
        for window in self._windows():
            yield from (window.node(window.top[path]) for path in window.ordered())

    def select(self, *selects: Select) -> list[list[Node]]:
        """Return the visible nodes of each selection, in the order of paths: one walk for all of them."""
        found: list[list[Node]] = [[] for _ in selects]
        for window in self._windows():
            _selected(window, selects, found)
        for nodes in found:
            nodes.sort()
            self._asked.update(node.path for node in nodes)
        return found

    def hidden(self) -> dict[int, tuple[int, int, str]]:
        """Return, by layer, how many bytes of how many of its files later layers delete or replace, and the path of the largest."""
        found: dict[int, list[tuple[int, str]]] = {}
        totals: dict[int, tuple[int, int]] = {}
        for window in self._windows():
            last = window.parts[-1].start + window.parts[-1].high - window.parts[-1].low if window.parts else 0
            if len(window.top) == last:
                continue
            for number in sorted(set(range(last)).difference(window.top.values())):
                node = window.node(number)
                if node.type == "f":
                    count, size = totals.get(node.layer, (0, 0))
                    totals[node.layer] = count + 1, size + node.size
                    found[node.layer] = [max(*found.get(node.layer, []), (node.size, node.path), (-1, ""))]
        return {layer: (size, count, found[layer][0][1]) for layer, (count, size) in totals.items()}

    def find(self, path: str) -> Node | None:
        """Return the visible member of a path; follows no links."""
        if self._whole is not None:
            number = self._whole.top.get(path)
            return None if number is None else self._whole.node(number)
        found = find(self.layers, path)
        if found is None:
            return None
        layer, row = found
        return Node(path, row.type, row.mode, row.uid, row.gid, row.size, row.link, row.capabilities, layer, row.sha256)

    def resolve(self, path: str) -> str | None:
        """Return the path with all symbolic links followed, below the root; None where they run in a circle."""
        return resolve(self.layers, path)

    def documents(self, role: str) -> Sequence[Document]:
        """Return the visible documents of a role, in the order of paths."""
        return self.kept.get(role, ())

    @property
    def roots(self) -> tuple[str, ...]:
        """The root file systems: `""`, and those within it that have a distribution or package database of their own."""
        return tuple(sorted({"", *(one.origin.root for one in self.distributions), *(one.root for one in self.listed)}))

    def root(self, path: str) -> str:
        """Return the root file system that a path belongs to: the deepest one above it."""
        return max((root for root in self.roots if not root or path.startswith(f"{root}/")), key=len)

    def owner(self, path: str) -> str:
        """Return the purl of the OS package that brought a file, or empty.

        A file that a later layer wrote than the one that brought its alleged owner is not the owner's.
        """
        return self.owners((path,)).get(path, "")

    def owners(self, paths: Iterable[str]) -> dict[str, str]:
        """Return what `owner` would for each of the paths that has one. One sweep of the databases for all that was selected until now."""
        paths = list(paths)
        missing = {path for path in paths if path not in self._owners}
        if missing:
            missing |= self._asked
            self._asked = set()
            self._owners.update(dict.fromkeys(missing, ""))
            self._owners.update(self._listing(missing))
        return {path: owner for path in paths if (owner := self._owners[path])}

    def _listing(self, paths: set[str]) -> Iterator[tuple[str, str]]:
        for listed in self.listed:
            prefix = f"{listed.root}/" if listed.root else ""
            below = frozenset(path[len(prefix) :] for path in paths if path.startswith(prefix))
            for path, purl, layer in listed.owned(below) if below else ():
                node = self.find(prefix + path)
                if node is not None and node.layer <= layer:
                    yield node.path, purl

    # -------------------------------------------------------------------------------------------------------- windows

    def _windows(self) -> Iterator[_Window]:
        """Yield the merged members, window by window, in the order of paths."""
        if self._whole is not None:
            yield self._whole
            return
        if sum(map(len, self.layers)) <= WINDOW:
            parts = [(layer, run, paths, 0, len(paths)) for layer, table in enumerate(self.layers) for paths, run in table.runs()]
            self._whole = self._merged(parts, {})
            yield self._whole
            return
        ends, spans = self._ends()
        low, behind = "", dict[str, int]()
        for high in (*ends, None):
            parts = []
            for layer, table in enumerate(self.layers):
                for number, (first, last) in enumerate(spans[layer]):
                    if last >= low and (high is None or first < high):
                        paths, run = table.run(number)
                        begin, end = bisect_left(paths, low), len(paths) if high is None else bisect_left(paths, high)
                        parts.append((layer, run, paths, begin, end))
            yield self._merged(parts, behind)
            if high is None:
                return
            # What stands above a path of a later window is a prefix of its first one: between both, everything begins with it.
            prefixes = _Prefixes(high)
            files = _files([_Part(0, *part) for part in parts], prefixes)
            known = {path: layer for path, layer in behind.items() if path in prefixes}
            behind = {path: max(files.get(path, 0), known.get(path, 0)) for path in files.keys() | known.keys()}
            low = high

    def _ends(self) -> tuple[list[str], list[list[tuple[str, str]]]]:
        """Return the paths at which windows end, and the first and last path of each run."""
        marks: list[str] = []
        spans: list[list[tuple[str, str]]] = []
        for table in self.layers:
            spans.append([])
            for paths, _ in table.runs():
                marks += paths[::STEP]
                spans[-1].append((paths[0], paths[-1]))
        marks.sort()
        return marks[WINDOW // STEP :: WINDOW // STEP], spans

    def _merged(self, stretches: Sequence[tuple[int, Run, list[str], int, int]], behind: Mapping[str, int]) -> _Window:
        parts: list[_Part] = []
        top: dict[str, int] = {}
        start = 0
        for layer, run, paths, low, high in stretches:
            parts.append(_Part(start, layer, run, paths, low, high))
            top.update(zip(paths if high - low == len(paths) else paths[low:high], range(start, start + high - low), strict=True))
            start += high - low
        window = _Window(parts, [part.start for part in parts], top)
        if len(self.layers) > 1:
            self._hide(window, behind)
        return window

    def _hide(self, window: _Window, behind: Mapping[str, int]) -> None:
        """Take out what a later layer deletes, or a file of it where folders were (OCI image-spec `layer.md`)."""
        top, parts, starts = window.top, window.parts, window.starts
        gone: set[str] = set()
        for layer, table in enumerate(self.layers):
            gone.update(path for path in table.whiteouts & top.keys() if parts[bisect_right(starts, top[path]) - 1].layer < layer)
        folders = _folders(top)
        hiding: dict[str, int] = {path: layer for path, layer in behind.items() if layer}
        for path, layer in _files(parts, folders).items():
            hiding[path] = max(layer, hiding.get(path, 0))
        for layer, table in enumerate(self.layers):
            if layer:
                for hidden in (table.whiteouts, table.opaques):
                    hiding.update((path, max(layer, hiding.get(path, 0))) for path in (hidden if folders is None else hidden & folders))
        above: list[tuple[str, int]] = []
        for prefix, layer in sorted((f"{path}/" if path else "", layer) for path, layer in hiding.items()):
            while above and not prefix.startswith(above[-1][0]):
                above.pop()
            if above and above[-1][1] >= layer:
                continue  # hidden already, by a folder above
            above.append((prefix, layer))
            ordered = window.ordered()
            at = bisect_left(ordered, prefix)
            while at < len(ordered) and (path := ordered[at]).startswith(prefix):
                if parts[bisect_right(starts, top[path]) - 1].layer < layer:
                    gone.add(path)
                at += 1
        if gone:
            for path in gone:
                del top[path]
            window._ordered = None


_FOLDER = ord("d")


class _Prefixes:
    """What a path begins with, without the path itself."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __contains__(self, other: object) -> bool:
        return isinstance(other, str) and other != self._path and self._path.startswith(other)


def _files(parts: Sequence[_Part], folders: Container[str] | None) -> dict[str, int]:
    """Return those of the folders that are something else in a layer above the lowest, and the highest such layer. Of duplicates the last counts."""
    found: dict[str, int] = {}
    for layer, group in groupby((part for part in parts if part.layer), key=lambda part: part.layer):
        own: dict[str, bool] = {}
        of_layer = list(group)
        for part in of_layer:
            types, paths = part.run.types, part.paths
            if len(of_layer) == 1:  # no duplicates within a run
                own = {paths[at]: True for at in range(part.low, part.high) if types[at] != _FOLDER and (folders is None or paths[at] in folders)}
            else:
                own.update((paths[at], types[at] != _FOLDER) for at in range(part.low, part.high) if folders is None or paths[at] in folders)
        found.update((path, layer) for path, is_file in own.items() if is_file)
    return found


def _folders(paths: Iterable[str]) -> set[str] | None:
    """Return every folder above the paths; None where they are too many to remember."""
    folders = {""}
    for folder in {path.rpartition("/")[0] for path in paths}:
        while folder not in folders:
            folders.add(folder)
            if len(folders) > MAX_FOLDERS:
                return None
            folder = folder.rpartition("/")[0]
    return folders


def _selected(window: _Window, selects: Sequence[Select], found: list[list[Node]]) -> None:
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
            seen = chr(part.run.types[row]) in types and window.top.get(part.paths[row]) == number
            nodes[number] = _node(part, row) if seen else None
        node = nodes[number]
        if node is not None and node.type in selects[at].types:
            found[at].append(node)


def _node(part: _Part, row: int) -> Node:
    run = part.run
    mode, uid, gid, size = [memoryview(run.numbers[at]).cast(code)[row] for at, code in ((0, "H"), (1, "I"), (2, "I"), (3, "Q"))]  # type: ignore[call-overload] # codes are not literals here
    link = run.links.get(row, b"").decode("utf-8", "surrogateescape")
    digest = run.digests[row * 32 : row * 32 + 32]
    return Node(part.paths[row], chr(run.types[row]), mode, uid, gid, size, link, run.capabilities.get(row, b""), part.layer, digest)
