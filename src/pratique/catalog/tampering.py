"""Hold the files of an image against the digests that their packages declare."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pratique.catalog.digests import READ_BY_PEOPLE, decode, select
from pratique.catalog.ecosystem import Declared
from pratique.catalog.tree import Node, Tree

SETTINGS = "etc/"
"""Where settings lie (FHS 3.0, 3.7); not all of them are declared as such."""
COMPILED = ".pyc"
"""What Python compiles anew wherever it runs."""
MAX_DEPTH = 200
"""Folders above a declared file; the deepest real ones have some 30."""
MAX_DECLARED = 3_000_000
"""Declared files that are held; a full desktop has some 400,000. A database that lists more was made to fill the memory."""


class Altered(NamedTuple):
    """A file whose content is not what the packages that list it declare. `layer`: the one that brought this content."""

    path: str
    layer: int
    declared: tuple[Declared, ...]
    link: str = ""
    """Where a symbolic link stands in place of the file: its target."""


class Answer(NamedTuple):
    """What the comparison gave."""

    altered: tuple[Altered, ...]
    compared: int
    """Files whose digest was held against a declared one."""
    untold: tuple[str, ...]
    """Paths of files that a later layer wrote anew and whose digest was not computed by the algorithm that is declared."""


def compare(tree: Tree) -> Answer:
    """Compare every declared file that is there. Files that are missing are no sign: slim images delete much.

    A path that several packages declare (one replaced the other's, or was diverted) is unaltered where it is as any of them says. What is declared
    to be a file of settings is left to the checks that read it. Raises `ValueError` where more is declared than anyone has.
    """
    expected = declared(tree)
    tables = [decode(data) for data in tree.sums]
    latest: dict[str, tuple[int, str]] = {}
    for layer, contents in enumerate(tree.layers):
        for path, kind in contents.types(expected).items():
            latest[path] = layer, kind
    altered: list[Altered] = []
    untold: list[str] = []
    compared = 0
    for path, (layer, kind) in latest.items():
        wanted = expected[path]
        told = _agrees(tables[layer].get(path), wanted) if kind == "f" and layer < len(tables) else None
        if told:
            compared += 1
            continue
        if kind not in "fhl" or path.startswith(SETTINGS) or path.endswith(COMPILED) or all(one.config for one in wanted):
            continue
        node = tree.find(path)
        if node is None or node.type != kind:
            continue  # deleted by a later layer
        if kind == "l":
            told = _leads(tree, tables, node, wanted, expected)
        elif kind == "h":
            told = _agrees(_digests(tables, node), wanted)
        if told is None:
            untold.append(path)
            continue
        compared += 1
        if not told:
            altered.append(Altered(path, node.layer, wanted, node.link if kind == "l" else ""))
    return Answer(tuple(sorted(altered)), compared, tuple(sorted(untold)))


def declared(tree: Tree) -> Mapping[str, tuple[Declared, ...]]:
    """Return what packages declare by path, folders that are links followed (`lib/x` is `usr/lib/x` on merged systems).

    Raises `ValueError` where more is declared than anyone has.
    """
    if tree.declared is None:
        tree.declared = _declared(tree)
    return tree.declared


def _declared(tree: Tree) -> dict[str, tuple[Declared, ...]]:
    folders: dict[str, str] = {"": ""}
    expected: dict[str, tuple[Declared, ...]] = {}
    for root, declarations in tree.declaring:
        prefix = f"{root}/" if root else ""
        for count, one in enumerate(declarations()):
            if count >= MAX_DECLARED:
                raise ValueError(f"packages declare more than {MAX_DECLARED} files")
            path = one.path
            if path.startswith(READ_BY_PEOPLE) or path.count("/") > MAX_DEPTH:
                continue
            cut = path.rfind("/")
            real = _real(tree, prefix + path[:cut] if cut > 0 else root, folders)
            place = f"{real}/{path[cut + 1 :]}" if real else path[cut + 1 :]
            before = expected.get(place)
            expected[place] = (one,) if before is None else (*before, one)
    return expected


def _agrees(kept: bytes | None, declared: Iterable[Declared]) -> bool | None:
    """Tell whether the digests kept of a file are as declared; None where none of them is of a declared algorithm."""
    told: bool | None = None
    for one in declared:
        digest = select(kept, one.algorithm) if kept is not None else None
        if digest == one.digest:
            return True
        if digest is not None:
            told = False
    return told


def _real(tree: Tree, folder: str, known: dict[str, str]) -> str:
    """Return where a folder lies when the links on the way are followed; each part is looked up once."""
    real = known.get(folder)
    if real is None:
        above, _, name = folder.rpartition("/")
        base = _real(tree, above, known)
        real = f"{base}/{name}" if base else name
        node = tree.find(real)
        if node is not None and node.type == "l":
            real = tree.resolve(real) or real
        known[folder] = real
    return real


def _leads(
    tree: Tree, tables: Sequence[Mapping[str, bytes]], link: Node, declared: Iterable[Declared], expected: Mapping[str, tuple[Declared, ...]]
) -> bool | None:
    """Tell whether a symbolic link leads to what is declared.

    apk declares the SHA-1 of the target's name. To have another program of the distribution in place of one (another shell as `sh`) is a choice,
    as long as that one is unaltered.
    """
    name = hashlib.sha1(link.link.encode("utf-8", "surrogateescape"), usedforsecurity=False).digest()
    if any(one.algorithm == "sha1" and one.digest == name for one in declared):
        return True
    target = tree.resolve(link.path)
    node = tree.find(target) if target else None
    if node is None or node.type not in "fh":
        return True  # it leads nowhere, or to a folder: nothing of it can be run
    kept = _digests(tables, node)
    return bool(_agrees(kept, declared) or _agrees(kept, expected.get(node.path, ())))


def _digests(tables: Sequence[Mapping[str, bytes]], node: Node) -> bytes | None:
    """Return the digests kept of a file; of a hard link those of the file of its own layer that it names, else of a lower one."""
    if node.type == "f":
        return tables[node.layer].get(node.path) if node.layer < len(tables) else None
    for layer in range(min(node.layer, len(tables) - 1), -1, -1):
        if (kept := tables[layer].get(node.link)) is not None:
            return kept
    return None
