"""Small trees made from entries: what the examples of checks are. Seen by the real pass, folded by the real tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple, Protocol

from pratique.catalog.contents import WHITEOUT
from pratique.catalog.digests import TABLE
from pratique.catalog.ecosystem import Declared, Keep
from pratique.catalog.keeper import keeper
from pratique.catalog.observe import PASS, Observed, observe_members
from pratique.catalog.observer import Member
from pratique.catalog.plan import Plan
from pratique.catalog.tree import Listed, Tree
from pratique.model import Config, Digests, Document, Image, Layer, Platform


class Plant(Protocol):
    """One member, with its bytes, the OS package that brought it, and its layer."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def data(self) -> bytes: ...  # noqa: D102
    @property
    def mode(self) -> int: ...  # noqa: D102
    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def uid(self) -> int: ...  # noqa: D102
    @property
    def gid(self) -> int: ...  # noqa: D102
    @property
    def link(self) -> str: ...  # noqa: D102
    @property
    def capabilities(self) -> bytes: ...  # noqa: D102
    @property
    def owner(self) -> str: ...  # noqa: D102
    @property
    def layer(self) -> int: ...  # noqa: D102
    @property
    def declared(self) -> bytes | None: ...  # noqa: D102


class Bytes(NamedTuple):
    """The bytes of one member."""

    data: bytes

    def peek(self, size: int) -> bytes:
        """Return the first bytes."""
        return self.data[:size]

    def chunks(self) -> Iterator[bytes]:
        """Yield all bytes."""
        yield self.data


def plant(members: Sequence[Plant], keeps: Sequence[Keep] = (), config: Config | None = None, whiteouts: Sequence[str] = ()) -> Tree:
    """Return the tree of these members, with the documents of these roles. `whiteouts` are deleted by the last layer."""
    plan = Plan.compile((keeper(keep, "") for keep in keeps), sums=True)
    count = 1 + max((member.layer for member in members), default=0)
    layers = [_layer([member for member in members if member.layer == at], plan, whiteouts if at == count - 1 else ()) for at in range(count)]
    image = Image(
        "sample",
        Digests("sha256:0"),
        Platform(),
        tuple(Layer(at, f"sha256:{at}", f"sha256:{at}", instruction=f"layer {at}") for at in range(count)),
        config or Config(),
        "oci",
    )
    tree = Tree(image, [layer.contents for layer in layers])
    documents: dict[tuple[str, str], Document] = {}
    for at, layer in enumerate(layers):
        for seen in layer.facts.values():
            for document in seen.documents:
                node = tree.find(document.path)
                if node is not None and node.layer == at:
                    documents[document.role, document.path] = document
    kept: dict[str, list[Document]] = {}
    for (role, _), document in sorted(documents.items()):
        kept.setdefault(role, []).append(document)
    owners = {member.path: (f"pkg:deb/debian/{member.owner}@1", member.layer) for member in members if member.owner}

    def owned(paths: frozenset[str]) -> Iterator[tuple[str, str, int]]:
        return ((path, *owners[path]) for path in sorted(paths & owners.keys()))

    def declared() -> Iterator[Declared]:
        return (Declared(m.path, "sha256", sha256(m.declared).digest(), m.owner) for m in members if m.declared is not None)

    sums = [next((document.data for document in layer.facts[PASS].documents if document.role == TABLE), b"") for layer in layers]
    return Tree(image, tree.layers, kept=kept, listed=(Listed("", owned),), sums=sums, declaring=(("", declared),))


def _layer(members: Sequence[Plant], plan: Plan, whiteouts: Sequence[str]) -> Observed:
    hidden = [(Member(_hiding(path), "f"), Bytes(b"")) for path in whiteouts]
    shown = [(Member(m.path, m.type, m.mode, m.uid, m.gid, len(m.data), 0, m.link, m.capabilities), Bytes(m.data)) for m in members]
    return observe_members([*hidden, *shown], plan)


def _hiding(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/{WHITEOUT}{name}" if folder else f"{WHITEOUT}{name}"
