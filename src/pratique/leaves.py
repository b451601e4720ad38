"""Finds declarations: a new leaf is one new file that ends in one constant. No decorator, no list to edit."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def leaves(package: str, kind: type[T]) -> Iterator[T]:
    """Yield the one `kind` that each module below `package` declares, in the order of their names; then those of entry points.

    A third party adds one by an entry point of the group `package` (`pratique.checks`, …) that names the constant.
    Raises `ImportError` where a module cannot be loaded.
    """
    for name in _modules(package):
        module = importlib.import_module(name)
        yield from (value for value in vars(module).values() if isinstance(value, kind))
    if _extended():
        from importlib.metadata import entry_points

        for point in entry_points(group=package):
            value = point.load()
            if isinstance(value, kind):
                yield value


@cache
def _modules(package: str) -> tuple[str, ...]:
    """Return the modules below a package, without those of a package that says `APART = True`: it is asked for by its own name."""
    root = importlib.import_module(package)
    found: list[str] = []
    for info in pkgutil.iter_modules(root.__path__, f"{package}."):
        if not info.ispkg:
            found.append(info.name)
        elif not getattr(importlib.import_module(info.name), "APART", False):
            found += _modules(info.name)
    return tuple(sorted(found))


@cache
def _extended() -> bool:
    """Tell whether any installed distribution names a group of ours: `importlib.metadata` costs more than a small scan, and mostly in vain."""
    for folder in map(Path, sys.path):
        for file in folder.glob("*.dist-info/entry_points.txt"):
            try:
                if b"[pratique." in file.read_bytes():
                    return True
            except OSError:
                continue
    return False
