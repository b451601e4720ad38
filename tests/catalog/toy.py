"""A toy world for the fold: a database ecosystem, an artefact ecosystem, and layers made from code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import image_maker as im

from pratique.catalog.coalesce import RELEASE, coalesce
from pratique.catalog.ecosystem import Ecosystem, Group, Keep
from pratique.catalog.keeper import keeper, keepers
from pratique.catalog.observe import Observed, observe, observe_again
from pratique.catalog.plan import Plan
from pratique.model import Config, Digests, Document, Gap, Image, Inventory, Layer, Package, Platform


def db_packages(group: Group) -> Iterator[Package | Gap]:
    for document in group.role("toy:db"):
        for line in document.data.decode().splitlines():
            name, _, version = line.partition(" ")
            if not version:
                yield Gap("record", f"no version: {line}")
            else:
                yield Package("toy", name, version, f"pkg:toy/{name}@{version}", locations=(document.path,))


def owned(group: Group, paths: frozenset[str]) -> Iterator[tuple[str, str]]:
    for document in group.role("toy:list"):
        name = document.path.rpartition("/")[2].removesuffix(".list")
        for line in document.data.decode().split():
            if line in paths:
                yield line, name


def mod_packages(group: Group) -> Iterator[Package | Gap]:
    for document in group.role("mod:json"):
        name, _, version = document.data.decode().partition(" ")
        yield Package("mod", name, version, f"pkg:mod/{name}@{version}", locations=(document.path,))


DB = Ecosystem(
    "toy",
    ("Toy",),
    "1",
    (Keep("toy:db", ("var/db/toy", "var/db/toy.d/*")), Keep("toy:list", ("var/db/info/*.list",))),
    lambda document: document.root,
    db_packages,
    str,
    (),
    database=True,
    identity=("toy:db",),
    owned=owned,
)
MOD = Ecosystem("mod", ("Mod",), "1", (Keep("mod:json", ("mod.json",)),), lambda document: document.path.rpartition("/")[0], mod_packages, str, ())
ECOSYSTEMS = (DB, MOD)
PLAN = Plan.compile([keeper(Keep(RELEASE, ("etc/os-release",)), "1"), *keepers(DB), *keepers(MOD)])


def seen(entries: Sequence[im.Entry], block: int = 4096, plan: Plan = PLAN) -> Observed:
    data = im.tar(entries)
    return observe((data[at : at + block] for at in range(0, len(data), block)), plan)


def folded(*layers: Sequence[im.Entry]) -> Inventory:
    """Observe and fold layers; instructions are `L0`, `L1`, …"""
    image = Image(
        "toy",
        Digests("sha256:0"),
        Platform("linux", "amd64"),
        tuple(Layer(i, f"sha256:{i}", f"sha256:{i}", instruction=f"L{i}") for i in range(len(layers))),
        Config(),
    )
    fold = coalesce(image, [seen(layer) for layer in layers], ECOSYSTEMS, PLAN)
    try:
        looks = next(fold)
        while True:
            looks = fold.send(tuple(observe_again(iter([im.tar(layers[look.layer])]), PLAN, look.names) for look in looks))
    except StopIteration as end:
        return end.value


def listed(inventory: Inventory) -> dict[str, tuple[str | None, bool]]:
    """Return `name version` → (instruction, visible)."""
    return {f"{p.name} {p.version}": (p.origin.instruction, p.origin.visible) for p in inventory.packages}


__all__ = ["Document"]
