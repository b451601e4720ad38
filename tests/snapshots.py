"""Layers from a real folder, as a builder makes them: what changed since the last one, and whiteouts for what is gone (OCI image-spec `layer.md`)."""

from __future__ import annotations

from pathlib import Path

from image_maker import Entry, Layer, tree, whiteout


class Snapshots:
    """Follows a folder that becomes `prefix` of an image.

    taken = Snapshots(folder, "srv/app/")
    install(folder); first = taken.layer("RUN npm install"); upgrade(folder); second = taken.layer("RUN npm update")
    """

    def __init__(self, folder: Path, prefix: str) -> None:
        self._folder = folder
        self._prefix = prefix
        self._before: dict[str, Entry] = {}

    def layer(self, instruction: str | None) -> Layer:
        now = {entry.path: entry for entry in tree(self._folder, self._prefix)}
        gone = self._before.keys() - now.keys()
        highest = [whiteout(path) for path in sorted(gone) if path.rpartition("/")[0] not in gone]
        changed = [entry for path, entry in now.items() if self._before.get(path) != entry]
        self._before = now
        return Layer(highest, changed, instruction=instruction)
