"""Programs by name, where a shell finds them."""

from __future__ import annotations

from collections.abc import Iterable

from pratique.catalog.tree import Node, Tree

FOLDERS = frozenset(f"{prefix}{name}" for prefix in ("", "usr/", "usr/local/") for name in ("bin", "sbin", "libexec"))
"""The folders of PATH, by the Filesystem Hierarchy Standard."""
EXECUTABLE = 0o111
SHOWN = 12
"""Names that one message tells."""


def commands(nodes: Iterable[Node], tree: Tree) -> list[Node]:
    """Return those of the nodes that a shell would start by their name: executable, or links, in a folder of PATH of a root of the image."""
    roots = {f"{root}/{folder}" if root else folder for root in tree.roots for folder in FOLDERS}
    return [node for node in nodes if node.path.rpartition("/")[0] in roots and (node.type == "l" or node.mode & EXECUTABLE)]


def names(nodes: Iterable[Node]) -> str:
    """Return the names of the nodes as a text, each once."""
    found = sorted({node.name for node in nodes})
    return ", ".join(found[:SHOWN]) + (f" and {len(found) - SHOWN} more" if len(found) > SHOWN else "")
