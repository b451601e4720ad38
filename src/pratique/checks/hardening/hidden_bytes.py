"""What a later layer deletes or replaces is still pulled, stored and open to everyone who unpacks the layer below."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.tree import Node, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Persona, Severity

LEAST = 10 << 20
"""Bytes of one layer below which it is not worth a word."""


def run(_: list[Node], tree: Tree) -> Iterator[Hit]:
    """Yield one hit a layer of whose bytes many are hidden."""
    for layer, (size, count, path) in sorted(tree.hidden().items()):
        if size >= LEAST:
            yield Hit(
                path, f"{size / 1e6:.0f} MB in {count} files of this layer are deleted or replaced by later ones; this is the largest", layer=layer
            )


CHECK = TreeCheck(
    id="hidden-bytes",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    persona=Persona.PEDANTIC,
    asks="Does the image carry much that no container sees?",
    remedy="Delete files in the RUN that makes them, build in a stage of its own, and set owner and mode with the content (COPY --chown --chmod).",
    run=run,
    catches=(
        Grove((Planted("opt/sdk.tar", bytes(LEAST)), Planted("opt/x", layer=1)), whiteouts=("opt/sdk.tar",)),
        Grove((Planted("opt/app", bytes(LEAST)), Planted("opt/app", bytes(LEAST), 0o755, layer=1))),
    ),
    passes=(Grove((Planted("opt/app", bytes(LEAST)),)), Grove((Planted("opt/app", b"x"), Planted("opt/app", b"y", layer=1)))),
)
