"""The file system that a container would see: the visible members of all layers, merged. What checks of the whole image walk.

Nothing is kept for each file but its path and a number; tables that were spilled are walked in windows of the sorted paths.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from pratique.catalog.contents import Contents, Run
from pratique.catalog.ecosystem import Declared
from pratique.catalog.view import find, resolve
from pratique.catalog.window import Node, Part, Prefixes, Select, Window, files_over_folders, folders_above, select_within
from pratique.model import Distribution, Document, Image, Package

WINDOW = 250_000
"""Members merged at once: some 60 MiB. Ordinary images have a tenth of it, and are one window."""
STEP = 4096
"""Every how many rows of a run its paths are looked at to find where windows end."""


class Listed(NamedTuple):
    """What one package database says of files: `owned(paths)` yields `(path, purl, layer of the package)`, paths relative to `root`."""

    root: str
    owned: Callable[[frozenset[str]], Iterator[tuple[str, str, int]]]


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
    _whole: Window | None = None
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
            select_within(window, selects, found)
        for nodes in found:
            nodes.sort()
            self._asked.update(node.path for node in nodes)
        return found

    def hidden(self) -> dict[int, tuple[int, int, str]]:
        """Return, by layer, how many bytes of how many of its files later layers delete or replace, and the path of the largest."""
        found: dict[int, tuple[int, int, str]] = {}
        largest: dict[int, int] = {}
        for window in self._windows():
            rows = sum(part.high - part.low for part in window.parts)
            if len(window.top) == rows:
                continue
            for number in set(range(rows)).difference(window.top.values()):
                node = window.node(number)
                if node.type == "f":
                    size, count, path = found.get(node.layer, (0, 0, node.path))
                    if node.size > largest.get(node.layer, -1):
                        largest[node.layer], path = node.size, node.path
                    found[node.layer] = size + node.size, count + 1, path
        return found

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

    def _windows(self) -> Iterator[Window]:
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
                        parts.append((layer, replace(run, paths=b""), paths[begin:end], begin, end))
            yield self._merged(parts, behind)
            if high is None:
                return
            # What stands above a path of a later window is a prefix of its first one: between both, everything begins with it.
            prefixes = Prefixes(high)
            files = files_over_folders([Part(0, *part) for part in parts], prefixes)
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

    def _merged(self, stretches: Sequence[tuple[int, Run, list[str], int, int]], behind: Mapping[str, int]) -> Window:
        parts: list[Part] = []
        top: dict[str, int] = {}
        start = 0
        for layer, run, paths, low, high in stretches:
            parts.append(Part(start, layer, run, paths, low, high))
            top.update(zip(paths, range(start, start + high - low), strict=True))
            start += high - low
        window = Window(parts, [part.start for part in parts], top)
        if len(self.layers) > 1:
            self._hide(window, behind)
        return window

    def _hide(self, window: Window, behind: Mapping[str, int]) -> None:
        """Take out what a later layer deletes, or a file of it where folders were (OCI image-spec `layer.md`)."""
        top, parts, starts = window.top, window.parts, window.starts
        gone: set[str] = set()
        for layer, table in enumerate(self.layers):
            gone.update(path for path in table.whiteouts & top.keys() if parts[bisect_right(starts, top[path]) - 1].layer < layer)
        folders = folders_above(top)
        hiding: dict[str, int] = {path: layer for path, layer in behind.items() if layer}
        for path, layer in files_over_folders(parts, folders).items():
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


__all__ = ["Listed", "Node", "Select", "Tree"]
