"""Image archives, read in place: what `docker save` writes, of old and new engines, and an OCI layout in a tar. Nothing is extracted.

Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset Format" (`manifest.json`); OCI image-spec `image-layout.md`.
Compressed archives and pipes are spooled to a temporary file without a name.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import IO

import msgspec

from pratique.errors import Corrupt, DigestMismatch, InvalidInput, InvalidReference, MalformedImage, PratiqueError, Unreachable
from pratique.image import layer as layers
from pratique.image import manifest
from pratique.image.documents import Descriptor, Index, decode, once
from pratique.image.layout import select
from pratique.image.location import PIPE, Location
from pratique.image.opened import Derived, Extent, Opened, Progress, Stored
from pratique.image.reference import parse
from pratique.image.resolve import MAX_CONFIG, MAX_DOCUMENT, Resolved, resolve
from pratique.image.source import BLOCK
from pratique.image.tarindex import TarIndex, clean
from pratique.model import Digests, Image

MAX_SPOOL = 128 << 30
"""Bytes of a compressed archive, expanded: more than any image, less than what fills a disk by a trick of a few kilobytes."""
_NAMED = re.compile(r"(?:.*/)?(?:sha256:)?([0-9a-f]{64})(?:\.json)?")


class Entry(msgspec.Struct, rename="pascal"):
    """One image of `manifest.json`."""

    config: str
    layers: list[str] | None = None
    repo_tags: list[str] | None = None


class Archive:
    """An open archive: a tar that can be read in place, and how its stretches are named."""

    def __init__(self, location: Location, resources: ExitStack, progress: Progress | None, stream: Iterator[bytes] | None = None) -> None:
        """Open it; `stream`: the archive itself, where it does not come from a file. Raises `Corrupt`, `MalformedImage`, `Unreachable`."""
        self.name = f"the archive {location.path}" if location.path and str(location.path) != PIPE else "the archive"
        self._origin: os.stat_result | None = None
        self._spooled = False
        self.descriptor = self._open(location, resources, progress, stream)
        self.index = TarIndex(self.descriptor, self.name)

    def stored(self, extent: Extent) -> Stored:
        """Return a stretch under a name that stays true."""
        return Derived(extent, self._origin) if self._spooled else extent

    def _open(self, location: Location, resources: ExitStack, progress: Progress | None, stream: Iterator[bytes] | None) -> int:
        if stream is None:
            file: IO[bytes]
            if str(location.path) == PIPE:
                file = sys.stdin.buffer
            else:
                assert location.path is not None
                try:
                    file = resources.enter_context(location.path.open("rb", buffering=0))
                except OSError as error:
                    raise InvalidInput(f"{location.path} cannot be opened: {error.strerror}.", "Check the path and its permissions.") from None
            descriptor = file.fileno()
            status = os.fstat(descriptor)
            regular = stat.S_ISREG(status.st_mode)
            if regular:
                if not layers.compression(os.pread(descriptor, 512, 0), self.name):
                    return descriptor
                self._origin = status
            stream = _blocks(file, self.name)
        self._spooled = True
        total = self._origin.st_size if self._origin else 0
        return resources.enter_context(spool(stream, self.name, progress, total)).fileno()


def spool(stream: Iterator[bytes], name: str, progress: Progress | None, total: int = 0) -> IO[bytes]:
    """Write a stream, decompressed, to a temporary file without a name. Raises `Corrupt`, `MalformedImage`, `Unreachable`."""
    first = next(stream, b"")
    file = tempfile.TemporaryFile(prefix="pratique-", buffering=0)  # noqa: SIM115 - the caller closes it
    try:
        counted = _counted(first, stream, progress, name, total)
        written = 0
        for block in layers.expanded(counted, name, limit=MAX_SPOOL) if layers.compression(first, name) else counted:
            written += len(block)
            if written > MAX_SPOOL:
                raise Corrupt(f"{name} has more than {MAX_SPOOL >> 30} GiB.", "No image is that large.")
            view = memoryview(block)
            while view:
                view = view[file.write(view) :]
    except OSError as error:
        file.close()
        raise Unreachable(
            f"{name} cannot be kept in {tempfile.gettempdir()}: {error.strerror}.", "Make room there, or set TMPDIR to a folder with room."
        ) from None
    except BaseException:
        file.close()
        raise
    return file


def _counted(first: bytes, stream: Iterator[bytes], progress: Progress | None, name: str, total: int) -> Iterator[bytes]:
    done = len(first)
    yield first
    for block in stream:
        done += len(block)
        if progress is not None:
            progress(name, done, total)
        yield block


def _blocks(file: IO[bytes], name: str) -> Iterator[bytes]:
    while True:
        try:
            block = file.read(BLOCK)
        except OSError as error:
            raise Unreachable(f"{name} cannot be read: {error.strerror}.", "Try again.") from None
        if not block:
            return
        yield block


# ------------------------------------------------------------------------------------------------------------ opening


def open_archive(
    location: Location, *, asked: str | None, machine: str, progress: Progress | None = None, stream: Iterator[bytes] | None = None, source: str = ""
) -> Opened:
    """Open an image archive; what kind it is, its content tells where the scheme does not.

    Raises `MalformedImage` for a file that is none, `InvalidInput` where one of several images must be chosen, `Corrupt`, `Unreachable`.
    """
    with ExitStack() as resources:
        archive = Archive(location, resources, progress, stream)
        listed = archive.index.whole("manifest.json", MAX_DOCUMENT)
        index = archive.index.whole("index.json", MAX_DOCUMENT)
        scheme = location.scheme
        if scheme == "archive":
            scheme = "docker-archive" if listed is not None or index is None else "oci-archive"
        location = Location(scheme, location.path, location.name, location.digest, location.reference, location.identifier)
        if (listed if scheme == "docker-archive" else index) is None:
            raise _no_image(archive, scheme, listed is not None, index is not None)
        if scheme == "docker-archive":
            assert listed is not None
            image, stored = _docker(archive, listed, index, location, asked, machine, source or scheme)
        else:
            assert index is not None
            image, stored = _oci(archive, index, location, asked, machine, source or scheme)
        return Opened(image, stored, resources.pop_all())


def _no_image(archive: Archive, scheme: str, docker: bool, oci: bool) -> PratiqueError:
    wanted = "manifest.json" if scheme == "docker-archive" else "index.json"
    if archive.index.cut:
        return Corrupt(f"{archive.name} is cut off before its {wanted}.", "Copy or save the image again.")
    if docker or oci:
        other = "docker-archive" if docker else "oci-archive"
        return MalformedImage(f"{archive.name} is no {scheme}: it has no {wanted}.", f"It looks like another kind; write {other}:PATH")
    return MalformedImage(
        f"{archive.name} holds no image: neither manifest.json nor index.json.",
        "An image archive is what `docker save` or `skopeo copy` writes; if it is a root file system, unpack it and scan dir:FOLDER.",
    )


def _docker(
    archive: Archive, listed: bytes, index: bytes | None, location: Location, asked: str | None, machine: str, source: str
) -> tuple[Image, list[Stored]]:
    once(listed, f"The manifest.json of {archive.name}")
    try:
        entries = msgspec.json.decode(listed, type=list[Entry])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedImage(f"The manifest.json of {archive.name} cannot be read: {str(error)[:200]}.", "Save the image again.") from None
    entry, config, digest = _entry(archive, entries, location, engine=source == "docker" and index is not None)
    if index is not None and (resolved := _oci_half(archive, index, digest, asked, machine)) is not None:
        blobs, digests, gaps = resolved.manifest.layers, resolved.digests, resolved.gaps
        extents = [_blob(archive, blob) for blob in blobs]
    else:
        extents = [_named(archive, path) for path in entry.layers or ()]
        blobs = [Descriptor(size=extent.length) for extent in extents]
        digests, gaps = Digests(config=digest), ()
    image = manifest.image(config, blobs, digests, reference=str(location), source=source, asked=asked, tags=entry.repo_tags or (), gaps=gaps)
    return image, [archive.stored(extent) for extent in extents]


def _entry(archive: Archive, entries: Sequence[Entry], location: Location, *, engine: bool = False) -> tuple[Entry, bytes, str]:
    """Return the image of the archive that is meant, its configuration and the digest of that."""
    if not entries:
        raise MalformedImage(f"{archive.name} lists no image in its manifest.json.", "Save the image again.")
    found = [entry for entry in entries if not location.name or any(same(tag, location.name) for tag in entry.repo_tags or ())]
    configs = [(entry, *_config(archive, entry)) for entry in found]
    if location.digest and not (engine and len(configs) == 1):
        # An engine with containerd's store names images by their manifest, not by their configuration.
        configs = [one for one in configs if one[2] == location.digest]
    if len({digest for _, _, digest in configs}) == 1:
        return configs[0]
    tags = sorted(tag for entry in entries for tag in entry.repo_tags or ())
    every = ", ".join(tags) if tags else ", ".join(f"@{_config(archive, entry)[1]}" for entry in entries[:20])
    if not configs:
        raise InvalidInput(f"{archive.name} holds no image {location.name or location.digest!r}.", f"It holds: {every}.")
    raise InvalidInput(
        f"{archive.name} holds {len(entries)} images; choose one.", f"Write {location.scheme}:{location.path}:NAME with one of: {every}."
    )


def _config(archive: Archive, entry: Entry) -> tuple[bytes, str]:
    path = clean(entry.config.encode("utf-8", "surrogateescape"))
    data = archive.index.whole(path, MAX_CONFIG) if path else None
    if data is None:
        raise Corrupt(f"{archive.name} has no configuration {entry.config[:200]!r}, which its manifest.json names.", "Save the image again.")
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    # Engines name the file by its digest, and refuse one that is named wrongly.
    if (named := _NAMED.fullmatch(entry.config)) and named[1] != digest[7:]:
        raise DigestMismatch(
            f"The configuration {entry.config[:200]!r} in {archive.name} is not what its name says: it is {digest}.", "Save the image again."
        )
    return data, digest


def _named(archive: Archive, path: str) -> Extent:
    name = clean(path.encode("utf-8", "surrogateescape"))
    extent = archive.index.find(name) if name else None
    if extent is None:
        fault = "is cut off before" if archive.index.cut else "has no"
        raise Corrupt(f"{archive.name} {fault} layer {path[:200]!r}, which its manifest.json names.", "Save the image again.")
    return extent


def _blob(archive: Archive, blob: Descriptor) -> Extent:
    algorithm, _, value = blob.digest.partition(":")
    return _named(archive, f"blobs/{algorithm}/{value}")


def _fetch(archive: Archive, blob: Descriptor, limit: int) -> bytes:
    return _blob(archive, blob).whole(limit)


def _oci_half(archive: Archive, index: bytes, config: str, asked: str | None, machine: str) -> Resolved | None:
    """Return the chain of digests for a configuration, where newer engines wrote an OCI layout beside `manifest.json`; None where it is not told."""
    for root in decode(index, Index, "The index.json").manifests:
        try:
            resolved = resolve(root, lambda blob, limit: _fetch(archive, blob, limit), asked=asked, machine=machine)
        except (Corrupt, InvalidInput):
            continue
        if resolved.digests.config == config:
            return resolved
    return None


def _oci(archive: Archive, index: bytes, location: Location, asked: str | None, machine: str, source: str) -> tuple[Image, list[Stored]]:
    roots = decode(index, Index, "The index.json")
    root, tags = select(roots, location, archive.name, asked=asked, machine=machine)
    resolved = resolve(root, lambda blob, limit: _fetch(archive, blob, limit), asked=asked, machine=machine)
    extents = [_blob(archive, blob) for blob in resolved.manifest.layers]
    image = manifest.image(
        resolved.config,
        resolved.manifest.layers,
        resolved.digests,
        reference=str(location),
        source=source,
        asked=asked,
        tags=tags,
        gaps=resolved.gaps,
    )
    return image, [archive.stored(extent) for extent in extents]


def same(tag: str, name: str) -> bool:
    """Whether a tag of an archive is the one named: as written, or when both are normalised."""
    if tag == name:
        return True
    try:
        return str(parse(tag)) == str(parse(name))
    except InvalidReference:
        return False
