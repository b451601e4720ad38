"""The fold: the layers of an image, bottom to top, into one inventory, every package with the layer and the instruction that brought it.

Pure. It is a generator because some bytes passed under another name than the one that matters (a hard link, a database behind a symbolic
link): it then yields the Looks it needs, and its driver sends back what they saw.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from pratique.catalog import distribution
from pratique.catalog.absence import absences
from pratique.catalog.database import Database
from pratique.catalog.digests import TABLE
from pratique.catalog.ecosystem import Declared, Ecosystem, Group
from pratique.catalog.links import Links, Look, links
from pratique.catalog.observe import PASS, Facts, Observed
from pratique.catalog.plan import Plan
from pratique.catalog.tree import Listed, Tree
from pratique.catalog.view import Covering
from pratique.model import Distribution, Document, Executable, Gap, Image, Inventory, Mark, Origin, Package

REVISION = "3"
"""Changes whenever the same evidence would give another inventory."""
RELEASE = "distribution"
"""The role of the files that name the distribution of a root."""


class Kept(NamedTuple):
    """Something seen at a path of a layer, as long as no later layer hides it."""

    layer: int
    carrier: str
    """The path of the layer that carries it: of an archive's member, the outermost archive."""
    item: Document | Mark


def coalesce(
    image: Image,
    layers: Sequence[Observed],
    ecosystems: Sequence[Ecosystem],
    plan: Plan,
    judge: Callable[[Tree], Iterable[Mark | Gap | Executable]] | None = None,
) -> Generator[tuple[Look, ...], Sequence[Mapping[str, Facts]], Inventory]:
    """Fold layers into an inventory. Yields at most once, and only where a second look is needed.

    `judge` says what is wrong with the merged file system, and what could be started; its marks and gaps are joined to those of single files.
    """
    items = [list(_items(index, layer.facts)) for index, layer in enumerate(layers)]
    found = links(layers, plan)
    looks = found.looks()
    again: Sequence[Mapping[str, Facts]] = ()
    if looks:
        again = yield tuple(look for look, _ in looks)
        for (look, shown), seen in zip(looks, again, strict=True):
            for kept in _items(look.layer, seen):
                for index in shown.get(kept.carrier, ()):
                    items[index].append(kept._replace(layer=index))
    fold = _Fold(image, ecosystems, found)
    for index, layer in enumerate(layers):
        fold.layer(index, layer, items[index])
    gaps = [replace(gap, layer=index) for index, layer in enumerate(layers) for facts in layer.facts.values() for gap in facts.gaps]
    gaps += [replace(gap, layer=look.layer) for (look, _), seen in zip(looks, again, strict=True) for facts in seen.values() for gap in facts.gaps]
    inventory = fold.inventory([*gaps, *found.gaps])
    return inventory if judge is None else _judged(inventory, fold.tree(inventory, layers), judge)


def _judged(inventory: Inventory, tree: Tree, judge: Callable[[Tree], Iterable[Mark | Gap | Executable]]) -> Inventory:
    marks, gaps, executables = list(inventory.marks), list(inventory.gaps), list[Executable]()
    for fact in judge(tree):
        if isinstance(fact, Mark):
            marks.append(fact)
        elif isinstance(fact, Gap):
            gaps.append(fact)
        else:
            executables.append(fact)
    owners = tree.owners({mark.path for mark in marks if mark.origin.visible})
    marks = [replace(mark, owner=owners[mark.path]) if mark.origin.visible and mark.path in owners else mark for mark in marks]
    ordered = sorted(marks, key=lambda mark: (mark.rule, mark.path, mark.line or 0, mark.origin.layer))
    return replace(inventory, marks=tuple(ordered), gaps=tuple(dict.fromkeys(gaps)), executables=tuple(executables))


def _items(index: int, facts: Mapping[str, Facts]) -> Iterable[Kept]:
    for observer, seen in facts.items():
        if observer != PASS:
            items: tuple[Document | Mark, ...] = (*seen.documents, *seen.marks)
            for item in items:
                yield Kept(index, item.path.partition("!/")[0], item)


class _Fold:
    """The state of the fold after some layers."""

    def __init__(self, image: Image, ecosystems: Sequence[Ecosystem], found: Links) -> None:
        self._image = image
        self._links = found
        self._behind: set[str] = set()
        """Names that lie behind a symbolic link now."""
        self._ecosystems = ecosystems
        self._by_role = {keep.role: ecosystem for ecosystem in ecosystems for keep in ecosystem.keeps}
        self._covering = Covering()
        self._alive: dict[str, list[Kept]] = {}
        self._databases: dict[tuple[str, str], Database] = {}
        self._releases: dict[str, dict[str, Kept]] = {}
        self._distributions: dict[str, Distribution] = {}
        self._groups: dict[tuple[str, str], dict[tuple[str, str], Kept]] = {}
        self._ghosts: list[tuple[str, str, dict[tuple[str, str], Kept]]] = []
        self._hidden_marks: list[Kept] = []
        self._gaps: list[Gap] = []

    # -------------------------------------------------------------------------------------------------------- folding

    def layer(self, index: int, layer: Observed, items: Sequence[Kept]) -> None:
        """Lay one layer above what is there."""
        deleted = self._covering.deleted(self._alive, layer.contents) if self._alive else set()
        replaced = set(layer.contents.types(self._alive)) - deleted if self._alive else set()
        misled = self._links.misled.get(index, set())
        deleted -= self._behind  # where a symbolic link leads decides, not what stands at the path
        replaced = replaced - self._behind | misled
        self._behind = self._behind - misled | self._links.led.get(index, set())
        before = {path: self._alive.pop(path) for path in (*deleted, *replaced) if path in self._alive}
        touched: set[tuple[str, str]] = set()
        groups: dict[tuple[str, str], dict[tuple[str, str], Kept]] = {}
        for kept in (kept for hidden in before.values() for kept in hidden):
            self._hide(kept, touched, groups)
        for kept in items:
            if kept.carrier in replaced and (same := _same(kept, before[kept.carrier])) is not None:
                kept = same  # copied up unchanged (chmod, chown): the layer that brought its content keeps it
            self._show(kept, touched)
        self._ghosts += [(*key, old) for key, old in groups.items()]
        for key in sorted(touched):
            self._databases[key].fold(index, self._group(key[1], self._databases[key]))

    def _hide(self, kept: Kept, touched: set[tuple[str, str]], groups: dict[tuple[str, str], dict[tuple[str, str], Kept]]) -> None:
        item = kept.item
        if isinstance(item, Mark):
            self._hidden_marks.append(kept)
        elif item.role == RELEASE:
            self._releases[item.root].pop(item.path, None)
            self._identify(item.root)
        elif item.role not in self._by_role:
            return  # kept for checks of the whole tree
        elif (ecosystem := self._by_role[item.role]).database:
            if (key := (ecosystem.type, item.root)) in self._databases:
                self._databases[key].documents.pop((item.role, item.path), None)
                touched.add(key)
        else:
            key = ecosystem.type, ecosystem.group(item)
            group = self._groups.get(key, {})
            groups.setdefault(key, dict(group))
            group.pop((item.role, item.path), None)
            if not group:
                self._groups.pop(key, None)

    def _show(self, kept: Kept, touched: set[tuple[str, str]]) -> None:
        item = kept.item
        self._alive.setdefault(kept.carrier, []).append(kept)
        self._covering.add(kept.carrier)
        if isinstance(item, Mark):
            return
        if item.role == RELEASE:
            self._releases.setdefault(item.root, {})[item.path] = kept
            self._identify(item.root)
            return
        ecosystem = self._by_role.get(item.role)
        if ecosystem is None:
            return
        if ecosystem.database:
            if "!/" in item.path:
                return  # an archive is no root
            key = ecosystem.type, item.root
            database = self._databases.get(key)
            if database is None:
                database = self._databases[key] = Database(ecosystem, item.root)
            database.documents[item.role, item.path] = item
            touched.add(key)
        else:
            key = ecosystem.type, ecosystem.group(item)
            self._groups.setdefault(key, {})[item.role, item.path] = kept

    def _identify(self, root: str) -> None:
        seen = self._releases.get(root, {})
        prefix = f"{root}/" if root else ""
        documents = {path.removeprefix(prefix): kept.item.data for path, kept in seen.items() if isinstance(kept.item, Document)}
        found = distribution.identify(documents, self._origin(max((kept.layer for kept in seen.values()), default=0), root)) if documents else None
        if found is not None:
            self._distributions[root] = found
        # What named the distribution may go (`rm -rf /etc`); which one it is does not change by that.

    def _group(self, root: str, database: Database) -> Group:
        ordered = tuple(document for _, document in sorted(database.documents.items(), key=lambda entry: (entry[0][1], entry[0][0])))
        return Group(root, root, ordered, self._distributions.get(root))

    def _origin(self, layer: int, root: str = "", visible: bool = True) -> Origin:
        if not 0 <= layer < len(self._image.layers):
            return Origin(layer, visible=visible, root=root)
        found = self._image.layers[layer]
        return Origin(layer, found.diff_id, found.instruction, visible, root)

    # --------------------------------------------------------------------------------------------------------- result

    def inventory(self, gaps: Sequence[Gap]) -> Inventory:
        """Return what is there after the last layer."""
        system: list[Package] = []
        for database in self._databases.values():
            for layer, package, visible, last_known in database.listed():
                system.append(self._placed(package, layer, database.root, visible, last_known))
            self._gaps += database.gaps
        language = [package for key, group in sorted(self._groups.items()) for package in self._artefact(key, group, visible=True)]
        language = self._owned(language)
        there = {(package.purl, location) for package in language for location in package.locations}
        for type_, name, group in self._ghosts:
            for package in self._artefact((type_, name), group, visible=False):
                if not any((package.purl, location) in there for location in package.locations):
                    there.update((package.purl, location) for location in package.locations)
                    language.append(package)
        databases = {ecosystem.type for ecosystem in self._ecosystems if ecosystem.database}
        self._gaps += absences(system + language, self._distributions.values(), databases, folder=self._image.source == "dir")
        marks = [
            replace(kept.item, origin=self._origin(kept.layer, self._root(kept.carrier), visible))
            for visible, found in ((True, [k for alive in self._alive.values() for k in alive]), (False, self._hidden_marks))
            for kept in found
            if isinstance(kept.item, Mark)
        ]
        return Inventory(
            self._image,
            tuple(sorted(system + language, key=lambda p: (not p.origin.visible, p.origin.root, p.type, p.name, p.version, p.arch, p.locations))),
            tuple(self._distributions[root] for root in sorted(self._distributions)),
            tuple(sorted(marks, key=lambda mark: (mark.rule, mark.path, mark.line or 0, mark.origin.layer))),
            tuple(dict.fromkeys((*self._image.gaps, *gaps, *self._gaps))),
        )

    def tree(self, inventory: Inventory, layers: Sequence[Observed]) -> Tree:
        """Return the merged file system, with what was kept of it and whose it is."""
        kept: dict[str, list[Document]] = {}
        for alive in self._alive.values():
            for one in alive:
                if isinstance(one.item, Document):
                    kept.setdefault(one.item.role, []).append(one.item)
        for documents in kept.values():
            documents.sort(key=lambda document: document.path)
        visible = tuple(package for package in inventory.packages if package.origin.visible)
        listed = tuple(self._lists(database, visible) for database in self._databases.values())
        sums = [next((document.data for document in layer.facts[PASS].documents if document.role == TABLE), b"") for layer in layers]
        contents = [layer.contents for layer in layers]
        return Tree(self._image, contents, visible, inventory.distributions, kept, listed, sums, tuple(self._declaring()))

    def _declaring(self) -> Iterator[tuple[str, Callable[[], Iterator[Declared]]]]:
        for database in self._databases.values():
            if (declared := database.ecosystem.declared) is not None:
                yield database.root, partial(declared, self._group(database.root, database))
        artefacts = {ecosystem.type: ecosystem.declared for ecosystem in self._ecosystems if not ecosystem.database}
        for (type_, key), group in sorted(self._groups.items()):
            if (declared := artefacts.get(type_)) is not None:
                documents = tuple(kept.item for _, kept in sorted(group.items()) if isinstance(kept.item, Document))
                yield "", partial(declared, Group(key, "", documents))

    def _lists(self, database: Database, packages: Iterable[Package]) -> Listed:
        ecosystem, group = database.ecosystem, self._group(database.root, database)
        by_name: dict[str, list[Package]] = {}
        for package in packages:
            if package.type == ecosystem.type and package.origin.root == database.root:
                by_name.setdefault(package.name, []).append(package)

        def owned(paths: frozenset[str]) -> Iterator[tuple[str, str, int]]:
            for path, name in ecosystem.owned(group, paths) if ecosystem.owned is not None else ():
                for package in by_name.get(name, ()):
                    yield path, package.purl, package.origin.layer

        return Listed(database.root, owned)

    def _placed(self, package: Package, layer: int, root: str, visible: bool, last_known: bool = False) -> Package:
        found = self._distributions.get(root)
        return replace(
            package,
            origin=self._origin(layer, root, visible),
            last_known=last_known,
            distribution=package.distribution or (f"{found.id}:{found.version_id or found.codename}" if found else ""),
        )

    def _root(self, path: str) -> str:
        """Return the root file system that a path belongs to: the deepest one above it."""
        roots = (root for _, root in self._databases if root and path.startswith(f"{root}/"))
        return max((*roots, *(root for root in self._distributions if root and path.startswith(f"{root}/"))), key=len, default="")

    def _artefact(self, key: tuple[str, str], group: Mapping[tuple[str, str], Kept], visible: bool) -> Iterable[Package]:
        ecosystem = next(e for e in self._ecosystems if e.type == key[0] and not e.database)
        kept = [group[name] for name in sorted(group, key=lambda name: (name[1], name[0]))]
        root = self._root(kept[0].carrier)
        layer_of = {k.item.path: k.layer for k in kept}
        documents = tuple(k.item for k in kept if isinstance(k.item, Document))
        try:
            for found in ecosystem.packages(Group(key[1], root, documents, self._distributions.get(root))):
                if isinstance(found, Gap):
                    if visible:
                        self._gaps.append(replace(found, layer=max(layer_of.values())))
                    continue
                layer = next((layer_of[location] for location in found.locations if location in layer_of), max(layer_of.values()))
                yield replace(found, origin=self._origin(layer, root, visible))
        except ValueError as fault:
            if visible:
                self._gaps.append(Gap("unreadable", f"{ecosystem.type}: {fault}", path=key[1], layer=max(layer_of.values())))

    def _owned(self, packages: list[Package]) -> list[Package]:
        """Mark language packages whose files a package of the distribution owns.

        A file that a later layer wrote than the one that brought its alleged owner is not the owner's: one line added to a file list must
        not hide a package.
        """
        owners: dict[int, Package] = {}
        for database in self._databases.values():
            if database.ecosystem.owned is None:
                continue
            prefix = f"{database.root}/" if database.root else ""
            carried: dict[str, list[int]] = {}
            for at, package in enumerate(packages):
                if package.origin.root == database.root:
                    for location in package.locations:
                        carried.setdefault(location.partition("!/")[0].removeprefix(prefix), []).append(at)
            if not carried:
                continue
            by_name: dict[str, list[tuple[int, Package]]] = {}
            for layer, package in database.current():
                by_name.setdefault(package.name, []).append((layer, package))
            for path, name in database.ecosystem.owned(self._group(database.root, database), frozenset(carried)):
                for layer, owner in by_name.get(name, ()):
                    for at in carried.get(path, ()):
                        if packages[at].origin.layer <= layer:
                            owners[at] = owner
        return [replace(package, owner=owners[at].purl) if at in owners else package for at, package in enumerate(packages)]


def _same(kept: Kept, before: Sequence[Kept]) -> Kept | None:
    return next((old for old in before if old.item == kept.item), None)
