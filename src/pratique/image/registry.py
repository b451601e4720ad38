"""An image in a registry (OCI distribution-spec 1.1, "Pull"): manifests at once, layers as they stream, both verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from pratique.errors import Corrupt, MalformedImage, Refused, RegistryUnreachable
from pratique.image import manifest
from pratique.image.documents import INDEX_TYPES, MANIFEST_TYPES, Descriptor
from pratique.image.layer import hasher
from pratique.image.location import Location
from pratique.image.opened import Opened, Progress
from pratique.image.reference import Reference
from pratique.image.resolve import MAX_DOCUMENT, resolve
from pratique.image.wire import TRIES, Cut, Wire

ACCEPT = ", ".join((*INDEX_TYPES, *MANIFEST_TYPES))


class Repository:
    """One repository of one registry."""

    def __init__(self, wire: Wire, reference: Reference) -> None:
        self._wire = wire
        self._reference = reference

    def root(self) -> tuple[Descriptor, bytes]:
        """Return what the tag or digest names now, and its bytes. Raises `Refused`, `RegistryUnreachable`, `DigestMismatch` later, in `resolve`."""
        reference = self._reference
        wanted = reference.digest or reference.tag
        data, headers = self._wire.get(f"/v2/{reference.path}/manifests/{wanted}", MAX_DOCUMENT, {"Accept": ACCEPT}, what=str(reference))
        said = headers.get("docker-content-digest", "")
        digest = reference.digest
        if not digest:
            # The digest is that of the bytes; what the header says counts only as its algorithm.
            actual = hasher(said if said.startswith("sha512:") else "sha256:")
            actual.update(data)
            digest = f"{actual.name}:{actual.hexdigest()}"
        media_type = headers.get("content-type", "").partition(";")[0].strip()
        return Descriptor(digest=digest, size=len(data), media_type=media_type if media_type.startswith("application/vnd.") else ""), data

    def document(self, descriptor: Descriptor, limit: int) -> bytes:
        """Return a manifest or a configuration below the root."""
        if descriptor.media_type in (*INDEX_TYPES, *MANIFEST_TYPES):
            path = f"/v2/{self._reference.path}/manifests/{descriptor.digest}"
            return self._wire.get(path, limit, {"Accept": ACCEPT}, what=f"the manifest {descriptor.digest}")[0]
        if descriptor.size > limit:
            raise MalformedImage(
                f"The blob {descriptor.digest} has {descriptor.size} bytes; no more than {limit} are read.", "Check where the image comes from."
            )
        return b"".join(self.blob(descriptor))

    def blob(self, descriptor: Descriptor, progress: Progress | None = None) -> Iterator[bytes]:
        """Yield the bytes of a blob; where the connection breaks, from where it broke. Raises `Refused`, `RegistryUnreachable`, `Corrupt`."""
        path = f"/v2/{self._reference.path}/blobs/{descriptor.digest}"
        size, done, failures = descriptor.size, 0, 0
        while done < size or not size:
            before = done
            fault = "it ended early"
            try:
                for block in self._wire.stream(path, done, what=f"the layer {descriptor.digest}"):
                    done += len(block)
                    if done > size:
                        raise Corrupt(
                            f"The registry sends more than the {size} bytes of {descriptor.digest}.",
                            "Pull again; if it stays so, the registry is broken.",
                        )
                    if progress is not None:
                        progress(descriptor.digest, done, size)
                    yield block
                if not size:
                    return
            except Cut as cut:
                fault = str(cut)
            failures = 1 if done > before else failures + 1
            if done < size:
                if failures >= TRIES:
                    raise RegistryUnreachable(
                        f"The connection to {self._reference.host} broke {failures} times after {done} of {size} bytes of a layer: {fault}.",
                        "Try again later.",
                    )
                self._wire.wait(failures)


class RegistryBlob:
    """A layer in a registry."""

    __slots__ = ("_descriptor", "_progress", "_repository")

    def __init__(self, repository: Repository, descriptor: Descriptor, progress: Progress | None) -> None:
        self._repository = repository
        self._descriptor = descriptor
        self._progress = progress

    def identity(self) -> str:
        """Name the blob: its digest is compared whenever it is read."""
        return f"blob:{self._descriptor.digest}"

    def read(self) -> Iterator[bytes]:
        """Yield the bytes. Raises `Refused` also for a layer that its registry may not distribute."""
        try:
            yield from self._repository.blob(self._descriptor, self._progress)
        except Refused as error:
            if self._descriptor.urls:
                raise Refused(
                    f"{error.message} It is a foreign layer, which registries may not distribute.", "Get the image from its publisher."
                ) from None
            raise


def open_registry(
    location: Location, *, asked: str | None, machine: str, insecure: bool, environ: Mapping[str, str], progress: Progress | None = None
) -> Opened:
    """Open an image in a registry. Raises `Refused`, `RegistryUnreachable`, `Corrupt`, `InvalidInput`."""
    reference = location.reference
    assert reference is not None
    with ExitStack() as resources:
        wire = resources.enter_context(Wire(reference.host, reference.path, insecure=insecure, environ=environ))
        repository = Repository(wire, reference)
        root, data = repository.root()
        resolved = resolve(
            root, lambda blob, limit: data if blob.digest == root.digest else repository.document(blob, limit), asked=asked, machine=machine
        )
        image = manifest.image(
            resolved.config,
            resolved.manifest.layers,
            resolved.digests,
            reference=str(reference),
            source="registry",
            asked=asked,
            tags=[f"{reference.name}:{reference.tag}"] if reference.tag else [],
            gaps=resolved.gaps,
        )
        layers = [RegistryBlob(repository, blob, progress) for blob in resolved.manifest.layers]
        return Opened(image, layers, resources.pop_all())
