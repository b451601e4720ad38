"""Ask every check of the merged file system, in one walk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pratique.catalog.programs import STARTED, started
from pratique.catalog.tree import Tree
from pratique.checks.check import TreeCheck
from pratique.model import Executable, Gap, Mark, Origin

MAX_HITS = 1_000
"""Hits of one check that are told one by one; the rest are counted. A chmod of a whole folder of modules hits each of its files."""
MAX_EXECUTABLES = 50_000
"""Files that are listed: a full desktop has some 5,000."""


def judge(tree: Tree, checks: Sequence[TreeCheck]) -> Iterator[Mark | Gap | Executable]:
    """Yield what the checks object to, each at the layer of its node, and what could be started.

    A check that raises `ValueError` is a blind Gap.
    """
    *selected, executable = tree.select(*(check.select for check in checks), STARTED)
    for check, nodes in zip(checks, selected, strict=True):
        told = 0
        try:
            for hit in check.run(nodes, tree):
                if isinstance(hit, Gap):
                    yield hit
                    continue
                told += 1
                if told <= MAX_HITS:
                    node = tree.find(hit.subject) if hit.layer is None else None
                    layer = hit.layer if hit.layer is not None else node.layer if node is not None else -1
                    yield Mark(check.id, hit.subject, hit.message, hit.line, hit.secret, _origin(tree, hit.subject, layer), hit.severity)
        except ValueError as fault:
            yield Gap("check-failed", f"{check.id}: {fault}", remedy="The other checks answered. Report this, with the image if it may be shared.")
        if told > MAX_HITS:
            yield Gap("hits-left-out", f"{check.id}: and {told - MAX_HITS} more of this kind", blind=False)
    for number, (node, program, owner) in enumerate(started(tree, executable)):
        if number == MAX_EXECUTABLES:
            yield Gap("executables-left-out", f"only the first {MAX_EXECUTABLES} files that could be started are listed", blind=False)
            return
        yield Executable(node.path, program.interpreter, owner, node.mode, node.uid, node.gid, node.layer)


def _origin(tree: Tree, path: str, layer: int) -> Origin:
    layers = tree.image.layers
    if not 0 <= layer < len(layers):
        return Origin(layer, root=tree.root(path))
    return Origin(layer, layers[layer].diff_id, layers[layer].instruction, root=tree.root(path))
