"""What is visible of the lower layers when the next one lies above them (OCI image-spec `layer.md`)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from pratique.catalog.contents import Contents, Row

MAX_LINKS = 40
"""Symbolic links followed on the way to one path, as the kernel does it (path_resolution(7))."""


class Covering:
    """Which of a set of paths the next layer hides. Paths are added as layers bring them; their folders are remembered."""

    def __init__(self) -> None:
        self._folders: set[str] = set()

    def add(self, path: str) -> None:
        """Remember a path's folders."""
        folders = self._folders
        slash = path.rfind("/")
        while slash > 0:
            path = path[:slash]
            if path in folders:
                return
            folders.add(path)
            slash = path.rfind("/")

    def deleted(self, paths: Iterable[str], layer: Contents) -> set[str]:
        """Return the paths that the layer's whiteouts hide, or a file of it where they have a folder."""
        roots = set(layer.whiteouts)
        if self._folders:
            roots.update(path for path, kind in layer.types(self._folders).items() if kind != "d")
        hidden: set[str] = set()
        if not roots and not layer.opaques:
            return hidden
        ordered = sorted(paths)
        for root in roots:
            at = bisect_left(ordered, root)
            if at < len(ordered) and ordered[at] == root:
                hidden.add(root)
            hidden.update(_under(ordered, root))
        for folder in layer.opaques:
            hidden.update(_under(ordered, folder))
        return hidden


def _under(ordered: list[str], folder: str) -> Iterable[str]:
    prefix = f"{folder}/" if folder else ""
    at = bisect_left(ordered, prefix)
    while at < len(ordered) and ordered[at].startswith(prefix):
        yield ordered[at]
        at += 1


def find(layers: Sequence[Contents], path: str) -> tuple[int, Row] | None:
    """Return the visible member of a path, and its layer; None where there is none. Follows no links."""
    for index in reversed(range(len(layers))):
        layer = layers[index]
        row = layer.find(path)
        if row is not None:
            return index, row
        if path in layer.whiteouts:
            return None
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            if folder in layer.opaques or folder in layer.whiteouts:
                return None
            if folder and layer.types((folder,)).get(folder, "d") != "d":
                return None
    return None


def find_all(layers: Sequence[Contents], paths: Iterable[str]) -> dict[str, tuple[int, Row]]:
    """Return what `find` would for each of the paths that is there: one sweep of each table."""
    found: dict[str, tuple[int, Row]] = {}
    wanted = set(paths)
    for index in reversed(range(len(layers))):
        if not wanted:
            break
        layer = layers[index]
        rows = layer.rows(wanted)
        found.update((path, (index, row)) for path, row in rows.items())
        wanted -= rows.keys() | layer.whiteouts
        above = {path: list(_folders(path)) for path in wanted}
        gone = {folder for folder, kind in layer.types({f for folders in above.values() for f in folders}).items() if kind != "d"}
        gone |= layer.whiteouts | layer.opaques
        wanted -= {path for path, folders in above.items() if "" in layer.opaques or not gone.isdisjoint(folders)}
    return found


def _folders(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def resolve(layers: Sequence[Contents], path: str, way: set[str] | None = None) -> str | None:
    """Return the path with all symbolic links followed, below the root; None where links run in a circle or too far.

    `way` takes every path that was looked at: as long as no layer touches one of them, the answer stays.
    """
    done: list[str] = []
    todo = path.split("/")
    followed = 0
    while todo:
        part = todo.pop(0)
        if part in ("", "."):
            continue
        if part == "..":
            if done:
                done.pop()
            continue
        here = "/".join((*done, part))
        if way is not None:
            way.add(here)
        found = find(layers, here)
        if found is not None and found[1].type == "l":
            followed += 1
            if followed > MAX_LINKS:
                return None
            target = found[1].link
            if target.startswith("/"):
                done = []
            todo = target.split("/") + todo
        else:
            done.append(part)
    return "/".join(done)
