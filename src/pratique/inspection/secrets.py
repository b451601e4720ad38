"""The search for secrets made ready: the compiled triggers are kept in the data directory, for compiling them takes a second."""

from __future__ import annotations

import os
import platform
import stat
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pratique.catalog.observer import Observer
from pratique.checks.search import Finder, Search, hashed
from pratique.checks.structure import STRUCTURES
from pratique.checks.sweep import SecretSweep, message
from pratique.image import redact
from pratique.inspection.registry import ENVIRONMENT, secret_rules
from pratique.model import Image, Mark, Origin

if TYPE_CHECKING:
    import hyperscan

MAX_CONFIGURED = 20
"""Secrets told of one variable, label or instruction."""
MAX_DATABASE = 64 << 20
"""Bytes of a kept database; ours has two MiB."""


@cache
def search() -> Search:
    """Return all rules, ready to be searched for."""
    return Search.compile(secret_rules())


@cache
def observer(data: Path) -> Observer:
    """Return the observer that finds secrets, by hyperscan where it is there, else without."""
    rules = search()
    if find_spec("hyperscan") is None:
        literals = rules.literals()
        return Observer("secrets", rules.revision, (), sweep=lambda: SecretSweep(rules, literals))
    database = _database(rules, data)
    return Observer("secrets", rules.revision, (), sweep=lambda: SecretSweep(rules, HyperscanFinder(database)))


def configured(image: Image) -> Iterator[Mark]:
    """Yield the secrets in an image's environment, labels, commands and history, which are redacted everywhere else."""
    if image.concealed is None:
        return
    for place, text, layer in image.concealed.texts():
        found = search().text(text.encode("latin-1", "replace"))
        known = 0 <= layer < len(image.layers)
        origin = Origin(layer, image.layers[layer].diff_id, image.layers[layer].instruction) if known else Origin()
        for one in found[:MAX_CONFIGURED]:
            yield Mark(one.rule.id, place, message(one), None, one.digest, origin, allowed=one.excuse)
        name, equals, value = text.partition("=")
        if place.startswith("config:env/") and equals and not found and redact.pair(name, value) == redact.HIDDEN:
            why = "" if STRUCTURES["password"](value) is not None else "a word or a reference, not a value"
            yield Mark(
                ENVIRONMENT, place, f"{name[:80]} is set in the image: whoever has the image has its value", None, hashed(value), origin, allowed=why
            )


class HyperscanFinder:
    """Finds by all triggers at once. For one thread: it has a scratch space of its own."""

    def __init__(self, database: hyperscan.Database) -> None:
        import hyperscan

        self._database = database
        self._scratch = hyperscan.Scratch(database)

    def find(self, data: bytearray) -> Iterable[tuple[int, int]]:
        """As of `Finder`."""
        found: list[tuple[int, int]] = []
        append = found.append

        def matched(trigger: int, _: int, end: int, __: int, ___: object) -> None:
            append((end, trigger))

        self._database.scan(bytes(data), match_event_handler=matched, scratch=self._scratch)
        return found


def _database(rules: Search, data: Path) -> hyperscan.Database:
    """Return the compiled triggers: those that are kept, where they are of these rules and this kind of processor.

    The library itself refuses those of another version of it.
    """
    import hyperscan

    key = sha256("\0".join((rules.revision, platform.machine(), _features())).encode()).hexdigest()[:24]
    path = data / f"secrets-{key}.hs"
    kept = _kept(path)
    if kept is not None:
        try:
            return hyperscan.loadb(kept, hyperscan.HS_MODE_BLOCK)
        except hyperscan.error:
            path.unlink(missing_ok=True)
    triggers = list(rules.triggers())
    database = hyperscan.Database()
    database.compile(
        expressions=[expression for _, expression in triggers], ids=[trigger for trigger, _ in triggers], elements=len(triggers), flags=0
    )
    _keep(path, hyperscan.dumpb(database))
    return database


def _kept(path: Path) -> bytes | None:
    """Return what is kept, behind its own digest; nothing where it is damaged, or where someone else may have written it."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) or status.st_size > MAX_DATABASE:
                return None
            content = file.read()
    except OSError:
        return None
    return content[32:] if sha256(content[32:]).digest() == content[:32] else None


def _keep(path: Path, content: bytes) -> None:
    """Keep it, whole or not at all. Where that cannot be, the next scan compiles again."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob("secrets-*.hs"):
            old.unlink(missing_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".secrets-", delete=False) as file:
            file.write(sha256(content).digest() + content)
        Path(file.name).replace(path)
    except OSError:
        return


def _features() -> str:
    """Return what decides which instructions a compiled database uses."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")


__all__ = ["Finder", "HyperscanFinder", "configured", "observer", "search"]
