"""Drive the pass and the fold: layers in parallel, the evidence cache, second looks. From a source to an inventory."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from queue import SimpleQueue

import msgspec

from pratique.catalog.coalesce import Look, coalesce
from pratique.catalog.observe import PASS, Facts, Observed, Pass, observe, observe_again, observe_members
from pratique.catalog.plan import Plan
from pratique.image.source import Source
from pratique.image.tree import walk
from pratique.inspection.registry import ecosystems
from pratique.model import Distribution, Gap, Image, Inventory, Mark, Package
from pratique.store.evidence import EvidenceStore, inventory_key

Progress = Callable[[str, int, int], None]
"""Told of long work: what, how much is done, how much there is (0: not known)."""

WORKERS = max(2, min(4, os.cpu_count() or 2))
"""Layers seen at once; each takes two threads, one that decompresses and digests and one that walks."""
AHEAD = 8
"""Blocks that decompression may be ahead of the walk: together at most 8 MiB a layer."""
SWITCH = 0.0005
"""Seconds a thread may keep the interpreter's lock: those that decompress need it only for an instant, but often."""


class Interrupted(Exception):
    """The work was ended from outside."""


def see(source: Source, store: EvidenceStore, plan: Plan, progress: Progress | None = None) -> Inventory:
    """Return what is in an opened image. Raises what the source raises."""
    image = source.image
    if source.folder is not None:
        return _folded(image, [_folder(source.folder, plan)], source, plan)
    identities = [source.identity(layer.index) for layer in image.layers]
    known = [store.verified(identity, layer.diff_id) for identity, layer in zip(identities, image.layers, strict=True)]
    key = _key(image, plan)
    if all(known) and (data := store.inventory(key)) is not None and (kept := _decoded(data, image)) is not None:
        return kept
    observed = _observed(source, store, plan, identities, known, progress)
    inventory = _folded(image, observed, source, plan)
    if (data := _encoded(inventory)) is not None:
        store.keep_inventory(key, data)
    return inventory


def _observed(
    source: Source, store: EvidenceStore, plan: Plan, identities: Sequence[str], known: Sequence[bool], progress: Progress | None
) -> list[Observed]:
    """See every layer that no evidence is kept of, several at once, the largest first."""
    layers = source.image.layers
    found: dict[int, Observed] = {}
    for layer in layers:
        if known[layer.index] and (kept := store.load(layer.diff_id, plan.observers, plan.digests)) is not None:
            found[layer.index] = kept
    todo = sorted((layer for layer in layers if layer.index not in found), key=lambda layer: -layer.size)
    if not todo:
        return [found[layer.index] for layer in layers]
    total, done = sum(layer.size for layer in todo), 0
    sys.setswitchinterval(SWITCH)
    stop = threading.Event()

    def one(index: int) -> Observed:
        return observe(_pumped(source.blocks(index), stop), plan)

    with ThreadPoolExecutor(WORKERS, thread_name_prefix="layer") as pool:
        running: dict[Future[Observed], int] = {pool.submit(one, layer.index): layer.index for layer in todo}
        pending = set(running)
        try:
            while pending:
                finished, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in finished:
                    index = running[future]
                    found[index] = future.result()
                    store.save(identities[index], layers[index].diff_id, found[index], plan.observers, plan.digests)
                    done += layers[index].size
                    if progress is not None:
                        progress("layers", done, total)
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [found[layer.index] for layer in layers]


def _pumped(blocks: Iterator[bytes], stop: threading.Event) -> Iterator[bytes]:
    """Yield blocks that another thread reads, decompresses and digests meanwhile. What it raises is raised here."""
    queue: SimpleQueue[bytes | BaseException | None] = SimpleQueue()
    room = threading.Semaphore(AHEAD)
    left = threading.Event()

    def pump() -> None:
        try:
            for block in blocks:
                room.acquire()
                if left.is_set():
                    return
                queue.put(block)
            queue.put(None)
        except BaseException as fault:
            queue.put(fault)

    threading.Thread(target=pump, name="blocks", daemon=True).start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            if stop.is_set():
                raise Interrupted
            room.release()
            yield item
    finally:
        left.set()
        room.release()


def _folder(folder: Path, plan: Plan) -> Observed:
    gaps: list[Gap] = []

    def note(id: str, message: str, path: str) -> None:
        gaps.append(Gap(id, message, path=path))

    observed = observe_members(walk(folder, note), plan)
    observed.facts[PASS].gaps.extend(gaps)
    return observed


def _folded(image: Image, observed: Sequence[Observed], source: Source, plan: Plan) -> Inventory:
    fold = coalesce(image, observed, ecosystems(), plan)
    try:
        looks = next(fold)
        while True:
            looks = fold.send(tuple(_look(look, source, plan) for look in looks))
    except StopIteration as end:
        inventory = end.value
        assert isinstance(inventory, Inventory)
        return inventory


def _look(look: Look, source: Source, plan: Plan) -> Mapping[str, Facts]:
    names = {look.path: look.names}
    if source.folder is None:
        return observe_again(source.blocks(look.layer), plan, names)
    seen = Pass(plan, names)
    for header, body in walk(source.folder, lambda *_: None):
        if header.path == look.path:
            seen.member(header, body)
    return seen.close().facts


# ------------------------------------------------------------------------------- inventories as they are kept: all but the image


def _key(image: Image, plan: Plan) -> str:
    parts = [image.digests.config, *(f"{layer.diff_id}={layer.instruction}" for layer in image.layers)]
    parts += [f"{observer.id}@{observer.revision}" for observer in plan.observers]
    parts += [f"{ecosystem.type}@{ecosystem.revision}" for ecosystem in ecosystems()]
    return inventory_key(parts)


def _encoded(inventory: Inventory) -> bytes | None:
    own = [gap for gap in inventory.gaps if gap not in inventory.image.gaps]
    try:
        return msgspec.msgpack.encode((inventory.packages, inventory.distributions, inventory.marks, own))
    except UnicodeEncodeError:  # a path that is no UTF-8: rare, and not worth a format of its own
        return None


def _decoded(data: bytes, image: Image) -> Inventory | None:
    kinds = tuple[tuple[Package, ...], tuple[Distribution, ...], tuple[Mark, ...], tuple[Gap, ...]]
    try:
        packages, distributions, marks, gaps = msgspec.msgpack.decode(data, type=kinds)
    except (msgspec.MsgspecError, ValueError):
        return None
    return Inventory(image, packages, distributions, marks, (*image.gaps, *gaps))
