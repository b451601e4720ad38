"""Write a mirror from what is stored, and check what is stored: the raw documents are kept as they were fetched, each named by its sha256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pratique.advisories.fetch import keep
from pratique.advisories.mirror import INDEX, VERSION, Entry, Index
from pratique.advisories.store import AdvisoryStore
from pratique.errors import Corrupt, InvalidInput
from pratique.model import Knowledge

SUFFIXES = (".json.gz", ".csv.gz", ".zip", ".json", ".csv")


def export(store: AdvisoryStore, directory: Path) -> tuple[Entry, ...]:
    """Write every stored partition and, last, an `index.json`.

    Raises `InvalidInput` where nothing is stored, `Corrupt` where a raw document is not what it was.
    """
    entries = []
    for known in store.knowledge():
        raw = store.raw / known.digest
        if not raw.is_file():
            raise Corrupt(f"the document of {known.feed}:{known.partition} is gone", "Run `pratique feeds sync` and try again.")
        entries.append(_copy(known, raw, directory))
    if not entries:
        raise InvalidInput("there is nothing to export", "Run `pratique feeds sync` first.")
    index = Index(VERSION, entries, "A mirror of advisory data, made by `pratique feeds export`.")
    unfinished = directory / f".{INDEX}"
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(index), indent=1) + b"\n")
    unfinished.replace(directory / INDEX)
    return tuple(entries)


def _copy(known: Knowledge, raw: Path, directory: Path) -> Entry:
    """Names in a mirror are of our making: a partition's own name may come from a stranger's index."""
    suffix = next((suffix for suffix in SUFFIXES if known.url.endswith(suffix)), "")
    name = f"{known.feed}/{known.digest}{suffix}"
    with raw.open("rb") as file:
        kept, sha256 = keep(iter(lambda: file.read(1 << 20), b""), directory / known.feed)
    if sha256 != known.digest:
        kept.unlink()
        raise Corrupt(f"the document of {known.feed}:{known.partition} is damaged", "Run `pratique feeds sync` and try again.")
    kept.replace(directory / name)
    return Entry(known.feed, known.partition, name, sha256, known.fetched_at, known.data_date, known.complete, known.origin)


def damaged(store: AdvisoryStore) -> Iterator[str]:
    """Yield what is wrong with the raw documents."""
    for known in store.knowledge():
        raw = store.raw / known.digest
        if not raw.is_file():
            yield f"{known.feed}:{known.partition}: its document is gone; `pratique feeds sync` fetches it again"
            continue
        with raw.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != known.digest:
                yield f"{known.feed}:{known.partition}: its document is damaged"
