"""What an ecosystem is: which files it wants kept, how they belong together, how they become packages, and the order of its versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

from pratique.catalog.observer import MIB, Member, Stream, Take
from pratique.model import Distribution, Document, Gap, Package


@dataclass(frozen=True, slots=True)
class Keep:
    """Files to keep as Documents of one role. The patterns are those of `observer.Wanted`.

    With `reduce`, what is kept is not the file but what `reduce(member, file)` yields (bytes, at most a few): Go's build information instead of
    the whole executable. It may yield a Gap, and raise `ValueError`, which becomes one. It yields nothing for a file that is not of this kind.
    """

    role: str
    """`ecosystem:word`, such as `debian:status`."""
    patterns: tuple[str, ...] = ()
    magic: tuple[bytes, ...] = ()
    limit: int = 16 * MIB
    take: Take = Take.WHOLE
    blind: bool = True
    reduce: Callable[[Member, BinaryIO], Iterator[bytes | Gap]] | None = None
    peek: Callable[[bytes], bool] | None = None
    """As `observer.Wanted.peek`."""
    stream: Callable[[Member], Stream] | None = None
    """With `Take.STREAM`, instead of `reduce`: as `observer.Observer.stream`."""


@dataclass(frozen=True, slots=True)
class Group:
    """Documents that belong together, in the state of one layer of the fold: the visible ones only, sorted by path."""

    key: str
    """A path: the root of a database, or the folder or archive of one artefact."""
    root: str
    """The root file system they belong to (`""` is `/`)."""
    documents: tuple[Document, ...]
    distribution: Distribution | None = None

    def role(self, role: str) -> Iterator[Document]:
        """Yield the documents of one role."""
        return (d for d in self.documents if d.role == role)


class Declared(NamedTuple):
    """What a package says of the content of one of its files. `path`: relative to the group's root."""

    path: str
    algorithm: str
    """`md5`, `sha1` or `sha256`, as hashlib names them."""
    digest: bytes
    package: str
    config: bool = False
    """A file of settings, which whoever installs it is expected to change."""


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """One package ecosystem. All functions are pure."""

    type: str
    """The purl type."""
    osv: tuple[str, ...]
    """The OSV ecosystems whose versions have this order, without release: `("Debian", "Ubuntu")`."""
    revision: str
    """Changes whenever the same documents would give other packages."""
    keeps: tuple[Keep, ...]
    group: Callable[[Document], str]
    """The key of the group a document belongs to: for a database, its root; else the folder or archive of its artefact."""
    packages: Callable[[Group], Iterator[Package | Gap]]
    """Packages without origin and owner. Locations: the paths of the files that are the evidence."""
    order: Callable[[str], Any]
    """A key such that `order(a) < order(b)` iff version a is older than b; equal keys: same version. Raises `ValueError` for what is no version."""
    ascending: tuple[str, ...]
    """Versions, each strictly older than the next: the generic tests hold the order against them."""
    database: bool = False
    """True: the documents of a root are one database that lists every package of that root; to lose it is a blind Gap. False: each group is one
    artefact, there as long as its files are."""
    identity: tuple[str, ...] = ()
    """With `database`: the roles that *are* the database (`debian:status`); the others (file lists) only complete it."""
    owned: Callable[[Group, frozenset[str]], Iterator[tuple[str, str]]] | None = None
    """With `database`: `owned(group, paths)` yields `(path, name)` for each of the paths (relative to this root) that the package `name` lists
    among its files."""
    normalise: Callable[[str], str] = str
    """A package name as OSV and the packages of this ecosystem write it (PEP 503 for PyPI)."""
    declared: Callable[[Group], Iterator[Declared]] | None = None
    """`declared(group)` yields what the packages of the group say of the content of their files. What cannot be read of it is left out: that it
    cannot be read is said by `packages`."""
