"""One package database of one root, followed through the layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from pratique.catalog.ecosystem import Ecosystem, Group
from pratique.model import Document, Gap, Package

Key = tuple[str, str, str, str]


@dataclass(slots=True)
class Database:
    """The packages a database lists, each with the layer it entered by.

    The database of a layer is one fact, whole: having looked and found nothing is evidence. To lose a record is a removal; to lose the whole is
    a Gap, and what it listed is *last known*.
    """

    ecosystem: Ecosystem
    root: str
    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    """The visible ones."""
    gaps: list[Gap] = field(default_factory=list)
    _packages: dict[Key, tuple[int, Package]] = field(default_factory=dict)
    _removed: dict[Key, tuple[int, Package]] = field(default_factory=dict)
    _lost: dict[Key, tuple[int, Package]] = field(default_factory=dict)
    _lost_by: Gap | None = None
    _faults: tuple[Gap, ...] = ()

    def fold(self, layer: int, group: Group) -> None:
        """Take the state of the database after a layer that touched it."""
        found: dict[Key, Package] = {}
        faults: list[Gap] = []
        there = not self.ecosystem.identity or any(document.role in self.ecosystem.identity for document in group.documents)
        if there:
            try:
                for item in self.ecosystem.packages(group):
                    if isinstance(item, Gap):
                        faults.append(replace(item, layer=layer))
                    else:
                        found[item.name, item.version, item.arch, item.module] = item
            except ValueError as fault:
                faults.append(Gap("database-unreadable", f"{self.ecosystem.type}: {fault}", path=self._place(group), layer=layer))
        self._faults = tuple(faults)
        before = self._packages
        if before and not found:
            state = "deletes" if not there else "empties or breaks"
            self._lost.update(before)
            self._lost_by = Gap(
                "database-deleted" if not there else "database-emptied",
                f"this layer {state} the {self.ecosystem.type} database of {len(before)} packages; whether they are still there cannot be told",
                path=self._place(group),
                layer=layer,
                remedy="keep the package database in the image, or scan the image that the file system was copied from",
            )
            self._packages = {}
            return
        self._packages = {key: (before[key][0] if key in before else layer, package) for key, package in found.items()}
        for key, (brought, package) in before.items():
            if key not in found:
                self._removed[key] = brought, package
        for key in found:
            self._removed.pop(key, None)
            self._lost.pop(key, None)

    def _place(self, group: Group) -> str:
        pattern = next((keep.patterns[0] for keep in self.ecosystem.keeps if keep.role in self.ecosystem.identity), "")
        documents: Iterable[Document] = group.documents
        path = next((document.path for document in documents if document.role in self.ecosystem.identity), "")
        return path or (f"{self.root}/{pattern}" if self.root else pattern)

    def current(self) -> Iterator[tuple[int, Package]]:
        """Yield layer and package of what the database lists now."""
        yield from self._packages.values()

    def listed(self) -> Iterator[tuple[int, Package, bool, bool]]:
        """Yield layer, package, whether it is visible, and whether it is last known, of all that was ever listed; closes `gaps`."""
        self.gaps = list(self._faults)
        if self._lost and self._lost_by is not None:
            self.gaps.append(self._lost_by)
        for layer, package in self._packages.values():
            yield layer, package, True, False
        for layer, package in self._lost.values():
            yield layer, package, False, True
        for key, (layer, package) in self._removed.items():
            if key not in self._lost:
                yield layer, package, False, False
