"""Files that lie under another name than the one that matters: hard links, and databases behind symbolic links.

A layer's bytes pass once, under the name that carries them. What a link makes of them is known only when all layers were seen: the fold then
asks for a second look. Symbolic links are followed anew after each layer that touches their way, for a later layer may turn or remove them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pratique.catalog.contents import Contents
from pratique.catalog.observe import HARD_LINK, PASS, Observed
from pratique.catalog.plan import Plan
from pratique.catalog.view import find_all, resolve
from pratique.model import Gap

MAX_LINKED = 2 << 30
"""Bytes that are seen again under other names: ten thousand hard links to one large file must not cost its size ten thousand times."""
NAME = 4096
"""Bytes that a name counts as, however small its file."""

Place = tuple[int, str]
"""The layer and the path that bytes lie at."""


class Look(NamedTuple):
    """A wish of the fold: see these files of one layer once more, each as if it lay at its other names."""

    layer: int
    names: Mapping[str, tuple[str, ...]]


class Alias(NamedTuple):
    """From the layer `shown` on, the bytes at `place` lie at `name` too."""

    shown: int
    name: str
    place: Place


@dataclass(slots=True)
class Links:
    """What the links of an image make of its layers."""

    aliases: list[Alias] = field(default_factory=list)
    led: dict[int, set[str]] = field(default_factory=dict)
    """Names that a symbolic link leads to other bytes, from a layer on."""
    misled: dict[int, set[str]] = field(default_factory=dict)
    """Names that a symbolic link led to bytes, and no longer to these, from a layer on."""
    gaps: list[Gap] = field(default_factory=list)

    def looks(self) -> list[tuple[Look, dict[str, list[int]]]]:
        """Return the fewest looks that see every alias, and for each look the layers that its names are shown in.

        What is seen tells its name and not its bytes' own path: in one look, a name stands for one file.
        """
        grouped: list[_Group] = []
        for shown, name, (layer, path) in self.aliases:
            group = next((one for one in grouped if one.layer == layer and one.files.get(name, path) == path), None)
            if group is None:
                grouped.append(group := _Group(layer))
            group.files[name] = path
            group.shown.setdefault(name, []).append(shown)
        return [(Look(group.layer, _by_path(group.files)), group.shown) for group in grouped]


@dataclass(slots=True)
class _Group:
    layer: int
    files: dict[str, str] = field(default_factory=dict)
    shown: dict[str, list[int]] = field(default_factory=dict)


def links(layers: Sequence[Observed], plan: Plan) -> Links:
    """Return the links to what the plan wants."""
    found = Links()
    tables = [layer.contents for layer in layers]
    _follow(tables, plan, found)
    budget = MAX_LINKED
    for index, layer in enumerate(layers):
        linked = {d.path: d.data.decode("utf-8", "surrogateescape") for d in layer.facts[PASS].documents if d.role == HARD_LINK}
        places = _bytes(tables[: index + 1], linked.values()) if linked else {}
        for name, path in linked.items():
            if path not in places:
                continue
            place, size = places[path]
            budget -= size + NAME
            if budget < 0:
                message = f"hard links to more than {MAX_LINKED >> 30} GiB in all were not followed"
                found.gaps.append(Gap("limit-exceeded", message, path=name, layer=index))
                return found
            found.aliases.append(Alias(index, name, place))
    return found


def _follow(tables: Sequence[Contents], plan: Plan, found: Links) -> None:
    """Follow the symbolic links on the way to each file that is wanted at one place."""
    fixed = {wanted.pattern for observer in plan.observers for wanted in observer.wants if "*" not in wanted.pattern and "/" in wanted.pattern}
    for name in sorted(fixed):
        way = set(_prefixes(name))
        if not any(kind == "l" for table in tables for kind in table.types(way).values()):
            continue
        before: Place | None = None
        for index, place in _places(tables, name, plan):
            if place == before:
                continue
            if before is not None:
                found.misled.setdefault(index, set()).add(name)
            if place is not None:
                found.led.setdefault(index, set()).add(name)
                found.aliases.append(Alias(index, name, place))
            before = place


def _places(tables: Sequence[Contents], name: str, plan: Plan) -> Iterator[tuple[int, Place | None]]:
    """Yield where a name leads after each layer that touches the way to it; None where it leads nowhere, or to what is seen where it lies."""
    way: set[str] = set()
    for index, table in enumerate(tables):
        if index and not (table.types(way) or not way.isdisjoint(table.whiteouts) or not way.isdisjoint(table.opaques)):
            continue
        way = {""}
        target = resolve(tables[: index + 1], name, way)
        way.update(_prefixes(target or name))
        if target is None or target == name or plan.named(target):
            yield index, None
            continue
        place, _ = _bytes(tables[: index + 1], (target,)).get(target, (None, 0))
        yield index, place


def _bytes(tables: Sequence[Contents], paths: Iterable[str]) -> dict[str, tuple[Place, int]]:
    """Return where the bytes of files lie, seen from the highest of the layers, and how many there are.

    A hard link names a path of its own layer, or of a lower one where its own has none.
    """
    found = find_all(tables, paths)
    links: dict[int, dict[str, str]] = {}
    for path, (layer, row) in found.items():
        if row.type == "h":
            links.setdefault(layer, {})[path] = row.link
    for layer, targets in links.items():
        there = find_all(tables[: layer + 1], targets.values())
        found.update({path: there[target] for path, target in targets.items() if target in there})
    return {path: ((layer, row.path), row.size) for path, (layer, row) in found.items() if row.type == "f"}


def _prefixes(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


def _by_path(files: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    names: dict[str, list[str]] = {}
    for name, path in files.items():
        names.setdefault(path, []).append(name)
    return {path: tuple(found) for path, found in names.items()}
