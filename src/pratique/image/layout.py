"""An OCI layout folder: blobs by digest, images by `index.json` (OCI image-spec `image-layout.md`)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from pratique.errors import Corrupt, InvalidInput, MalformedImage
from pratique.image import manifest
from pratique.image.documents import Descriptor, Index, decode
from pratique.image.location import Location
from pratique.image.opened import Opened, identity, stretch
from pratique.image.reference import is_digest
from pratique.image.resolve import MAX_DOCUMENT, choose, resolve

REF_NAME = "org.opencontainers.image.ref.name"
CONTAINERD_NAME = "io.containerd.image.name"


class Layout:
    """A layout folder. Symbolic links are followed only to where they stay within it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._shown = root

    def index(self) -> Index:
        """Return `index.json`. Raises `MalformedImage` where the folder is no layout."""
        try:
            data = self.read(self._root / "index.json", MAX_DOCUMENT)
        except Corrupt as error:
            raise MalformedImage(
                f"{self._shown} is no OCI layout: {error.message}", "A layout has index.json and blobs/; a root file system is scanned by dir:FOLDER."
            ) from None
        return decode(data, Index, f"The index.json of {self._shown}")

    def fetch(self, blob: Descriptor, limit: int) -> bytes:
        """Return a blob at once."""
        return self.read(self.path(blob.digest), limit)

    def path(self, digest: str) -> Path:
        """Return where a blob lies. Raises `MalformedImage` for what is no digest."""
        if not is_digest(digest):
            raise MalformedImage(f"{self._shown} names a blob by {digest[:80]!r}, which is no sha256 or sha512 digest.", "Make the layout again.")
        algorithm, _, value = digest.partition(":")
        return self._root / "blobs" / algorithm / value

    def read(self, path: Path, limit: int) -> bytes:
        """Return a file at once. Raises `Corrupt` where it is none of the folder, or too large."""
        descriptor = self.open(path)
        try:
            size = os.fstat(descriptor).st_size
            if size > limit:
                raise Corrupt(f"{path.name} has {size} bytes; no more than {limit} are read.", "Check where the image comes from.")
            return b"".join(stretch(descriptor, 0, size, path.name))
        finally:
            os.close(descriptor)

    def open(self, path: Path) -> int:
        """Open a regular file within the folder. Raises `Corrupt`."""
        try:
            real = path.resolve(strict=True)
            if not real.is_relative_to(self._root):
                raise Corrupt(f"{path.name} is a link that leaves the folder.", "Copy the layout with its blobs, not with links to them.")
            descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise Corrupt(f"{path.name} cannot be opened: {reason}.", "Copy or save the image again.") from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise Corrupt(f"{path.name} is no regular file.", "Copy or save the image again.")
        return descriptor


class Blob:
    """A layer in a layout; opened each time it is read, so that an image of many layers holds no files."""

    __slots__ = ("_digest", "_layout")

    def __init__(self, layout: Layout, digest: str) -> None:
        self._layout = layout
        self._digest = digest

    def identity(self) -> str:
        """Name the file as it is now; empty where it cannot be opened."""
        try:
            descriptor = self._layout.open(self._layout.path(self._digest))
        except Corrupt:
            return ""
        try:
            status = os.fstat(descriptor)
            return identity(status, 0, status.st_size)
        finally:
            os.close(descriptor)

    def read(self) -> Iterator[bytes]:
        """Yield the bytes."""
        descriptor = self._layout.open(self._layout.path(self._digest))
        try:
            yield from stretch(descriptor, 0, os.fstat(descriptor).st_size, self._digest)
        finally:
            os.close(descriptor)


def open_layout(location: Location, *, asked: str | None, machine: str) -> Opened:
    """Open an image of a layout folder. Raises `MalformedImage`, `InvalidInput`, `Corrupt`."""
    assert location.path is not None
    layout = Layout(location.path)
    root, tags = select(layout.index(), location, str(location.path), asked=asked, machine=machine)
    resolved = resolve(root, layout.fetch, asked=asked, machine=machine)
    image = manifest.image(
        resolved.config, resolved.manifest.layers, resolved.digests, reference=str(location), source="oci", asked=asked, tags=tags, gaps=resolved.gaps
    )
    return Opened(image, [Blob(layout, blob.digest) for blob in resolved.manifest.layers], ExitStack())


def select(index: Index, location: Location, where: str, *, asked: str | None, machine: str) -> tuple[Descriptor, list[str]]:
    """Return the root that is meant, by tag or digest, and its tags. Raises `InvalidInput`, which lists what is there."""
    roots = [root for root in index.manifests if not root.is_attestation]
    if not roots:
        raise MalformedImage(f"{where} holds no image.", "Copy or save the image again.")
    found = [root for root in roots if not location.digest or root.digest == location.digest]
    if location.name:
        found = [root for root in found if location.name in names(root)]
    if location.digest and not found and not location.name:
        return Descriptor(digest=location.digest), []  # a manifest further down: the blob itself will tell
    digests = {root.digest for root in found}
    if len(digests) == 1:
        return found[0], sorted({name for root in found for name in names(root)[:1]})
    listed = ", ".join(f"{(names(root) or ['(no tag)'])[0]} @{root.digest}" for root in roots[:20])
    if not found:
        raise InvalidInput(f"{where} holds no image {location.name or location.digest!r}.", f"It holds: {listed}.")
    platforms = [root.platform.noun() for root in found if root.platform is not None]
    if len(set(platforms)) == len(found) and len({tuple(names(root)) for root in found}) == 1:
        return choose(found, asked=asked, machine=machine)[0], names(found[0])[:1]
    raise InvalidInput(
        f"{where} holds {len(found)} images; choose one.", f"Write {location.scheme}:{location.path}:TAG or @DIGEST with one of: {listed}."
    )


def names(root: Descriptor) -> list[str]:
    """Return the names of a root: its tag, and the full name that containerd writes."""
    return [name for name in (root.note(REF_NAME), root.note(CONTAINERD_NAME)) if name]
