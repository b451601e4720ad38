"""Drive the pass and the fold: layers in parallel, the evidence cache, second looks. From a source to an inventory."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pratique.errors import MalformedImage
from pratique.image.source import Source
from pratique.inspection.pump import Pump, keep_memory
from pratique.model import Distribution, Executable, Gap, Image, Inventory, Kind, Mark, Package
from pratique.store.evidence import EvidenceStore, inventory_key

if TYPE_CHECKING:  # imported where they are used, while the first layers are already being read
    from pratique.catalog.links import Look
    from pratique.catalog.observe import Facts, Observed
    from pratique.catalog.observer import Observer
    from pratique.catalog.plan import Plan
    from pratique.checks.check import TreeCheck

Progress = Callable[[str, int, int], None]
"""Told of long work: what, how much is done, how much there is (0: not known)."""

WORKERS = max(2, min(4, os.cpu_count() or 2))
"""Layers seen at once; each takes two threads, one that decompresses and digests and one that walks."""
LARGE = 32 << 20
"""Bytes of layers to read from which on it pays to tune the allocator."""
SWITCH = 0.0005
"""Seconds a thread may keep the interpreter's lock: those that decompress need it only for an instant, but often."""


MAX_HELD = 512 << 20
"""Bytes of memory that all layers of an image may take once they were seen. Five million files and the databases of a full desktop fit."""


class Reading:
    """The layers of an opened image, the largest of those that were never seen already being read ahead."""

    def __init__(self, source: Source, store: EvidenceStore) -> None:
        self.source, self.store = source, store
        self.stop = threading.Event()
        layers = source.image.layers
        self.identities = [source.identity(layer.index) for layer in layers] if source.folder is None else []
        self.known = [store.verified(identity, layer.diff_id) for identity, layer in zip(self.identities, layers, strict=False)]
        self._pumps: dict[int, Pump] = {}
        sys.setswitchinterval(SWITCH)
        if sum(source.image.layers[index].size for index in self.unseen()) > LARGE:
            keep_memory()
        for index in self.unseen()[:WORKERS]:
            self._pumps[index] = Pump(source.blocks(index), self.stop)

    def unseen(self) -> list[int]:
        """Return the layers whose bytes were never read here, the largest first."""
        return sorted((index for index, known in enumerate(self.known) if not known), key=lambda index: -self.source.image.layers[index].size)

    def blocks(self, index: int) -> Iterator[bytes]:
        """Return the blocks of a layer, read ahead."""
        pump = self._pumps.pop(index) if index in self._pumps else Pump(self.source.blocks(index), self.stop)
        return iter(pump)

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()


def see(
    reading: Reading,
    progress: Progress | None = None,
    meanwhile: Callable[[], None] | None = None,
    besides: tuple[Observer, ...] = (),
    kinds: frozenset[Kind] | None = None,
) -> Inventory:
    """Return what is in an opened image. Raises what the source raises. `meanwhile` is called while layers are read.

    `besides`: observers of what the user asks for besides the checks; `kinds`: of which kinds checks are run, None for all.
    """
    from pratique.inspection.registry import EVERY, chosen_trees, plan

    kinds = EVERY if kinds is None else kinds
    trees = chosen_trees(kinds)

    source, store = reading.source, reading.store
    image, compiled = source.image, plan(besides, kinds)
    if source.folder is not None:
        return _folded(image, [_folder(source.folder, compiled)], source, compiled, trees)
    key = _key(image, compiled, trees)
    if all(reading.known) and (data := store.inventory(key)) is not None and (kept := _decoded(data, image)) is not None:
        return kept
    inventory = _folded(image, _observed(reading, compiled, progress, meanwhile), source, compiled, trees)
    if (data := _encoded(inventory)) is not None:
        store.keep_inventory(key, data)
    return inventory


def _observed(reading: Reading, plan: Plan, progress: Progress | None, meanwhile: Callable[[], None] | None) -> list[Observed]:
    """See every layer that no evidence is kept of, several at once, the largest first."""
    from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

    from pratique.catalog.observe import observe

    layers, store = reading.source.image.layers, reading.store
    found: dict[int, Observed] = {}
    held = 0
    for layer in layers:
        if reading.known[layer.index] and (kept := store.load(layer.diff_id, plan.observers, plan.options)) is not None:
            found[layer.index] = kept
            held += kept.held
    todo = sorted((layer for layer in layers if layer.index not in found), key=lambda layer: -layer.size)
    if not todo:
        return [found[layer.index] for layer in layers]
    total, done = sum(layer.size for layer in todo), 0

    def one(index: int) -> Observed:
        return observe(reading.blocks(index), plan)

    with ThreadPoolExecutor(WORKERS, thread_name_prefix="layer") as pool:
        running: dict[Future[Observed], int] = {pool.submit(one, layer.index): layer.index for layer in todo}
        pending = set(running)
        try:
            if meanwhile is not None:
                meanwhile()
            while pending:
                finished, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in finished:
                    index = running[future]
                    found[index] = future.result()
                    held += found[index].held
                    if held > MAX_HELD:
                        raise MalformedImage(
                            f"What is wanted of this image's layers takes more than {MAX_HELD >> 20} MiB: no ordinary image has so much.",
                            "Do not run this image. If it is yours, find the layers with very many files, or scan the images it was made of.",
                        )
                    store.save(reading.identities[index], layers[index].diff_id, found[index], plan.observers, plan.options)
                    done += layers[index].size
                    if progress is not None:
                        progress("layers", done, total)
        except BaseException:
            reading.stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [found[layer.index] for layer in layers]


def _folder(folder: Path, plan: Plan) -> Observed:
    from pratique.catalog.observe import PASS, observe_members
    from pratique.image.tree import walk

    gaps: list[Gap] = []

    def note(id: str, message: str, path: str) -> None:
        gaps.append(Gap(id, message, path=path))

    observed = observe_members(walk(folder, note), plan)
    observed.facts[PASS].gaps.extend(gaps)
    return observed


def _folded(image: Image, observed: Sequence[Observed], source: Source, plan: Plan, trees: tuple[TreeCheck, ...]) -> Inventory:
    from pratique.catalog.coalesce import coalesce
    from pratique.inspection.judging import judge
    from pratique.inspection.registry import ecosystems

    fold = coalesce(image, observed, ecosystems(), plan, (lambda tree: judge(tree, trees)) if trees else None)
    try:
        looks = next(fold)
        while True:
            looks = fold.send(tuple(_look(look, source, plan) for look in looks))
    except StopIteration as end:
        inventory = end.value
        assert isinstance(inventory, Inventory)
        return inventory


def _look(look: Look, source: Source, plan: Plan) -> Mapping[str, Facts]:
    from pratique.catalog.observe import Pass, observe_again
    from pratique.image.tree import walk

    if source.folder is None:
        return observe_again(source.blocks(look.layer), plan, look.names)
    seen = Pass(plan, look.names)
    for header, body in walk(source.folder, lambda *_: None):
        if header.path in look.names:
            seen.member(header, body)
    return seen.close().facts


# ------------------------------------------------------------------------------- inventories as they are kept: all but the image


def _key(image: Image, plan: Plan, trees: tuple[TreeCheck, ...]) -> str:
    from pratique.catalog.coalesce import REVISION as FOLD
    from pratique.inspection.registry import ecosystems

    parts = [image.digests.config, *(f"{layer.diff_id}={layer.instruction}" for layer in image.layers)]
    parts += [f"{observer.id}@{observer.revision}" for observer in plan.observers]
    parts += [f"{ecosystem.type}@{ecosystem.revision}" for ecosystem in ecosystems()]
    parts += [f"{check.id}@{check.revision}" for check in trees]
    parts.append(f"fold@{FOLD}{plan.options}")
    return inventory_key(parts)


def _encoded(inventory: Inventory) -> bytes | None:
    import msgspec

    own = [gap for gap in inventory.gaps if gap not in inventory.image.gaps]
    try:
        return msgspec.msgpack.encode((inventory.packages, inventory.distributions, inventory.marks, own, inventory.executables))
    except UnicodeEncodeError:  # a path that is no UTF-8: rare, and not worth a format of its own
        return None


def _decoded(data: bytes, image: Image) -> Inventory | None:
    import msgspec

    kinds = tuple[tuple[Package, ...], tuple[Distribution, ...], tuple[Mark, ...], tuple[Gap, ...], tuple[Executable, ...]]
    try:
        packages, distributions, marks, gaps, executables = msgspec.msgpack.decode(data, type=kinds)
    except (msgspec.MsgspecError, ValueError):
        return None
    return Inventory(image, packages, distributions, marks, (*image.gaps, *gaps), executables)
