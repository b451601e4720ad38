"""Index, manifest and configuration as they are written: JSON of OCI image-spec 1.1 and of Docker's schema 2, decoded at the door.

OCI image-spec `descriptor.md`, `image-index.md`, `manifest.md`, `config.md`; Docker image manifest version 2, schema 2
(https://distribution.github.io/distribution/spec/manifest-v2-2/). What two readers could understand differently is refused. Pure.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from pratique.errors import MalformedImage
from pratique.image.layer import is_tar_type
from pratique.image.platforms import named
from pratique.image.reference import is_digest
from pratique.model import Platform

MAX_LAYERS = 1024
"""Layers of an image. Engines mount at most some 500; Docker allows 127."""

INDEX_TYPES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFEST_TYPES = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
CONFIG_TYPES = ("", "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json", "application/octet-stream")
"""Media types of an image configuration. The last one: older tools wrote it; the content is checked all the same."""
SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+"
ATTESTATION = ("vnd.docker.reference.type", "attestation-manifest")

T = TypeVar("T")


class RawPlatform(msgspec.Struct, rename={"os_version": "os.version"}):
    """`platform` of a descriptor in an index (image-index.md)."""

    architecture: str = ""
    os: str = ""
    variant: str | None = None
    os_version: str | None = None

    def noun(self) -> Platform:
        """Return it as a noun of ours, names as GOARCH has them."""
        return named(self.os, self.architecture, self.variant or "", self.os_version or "")


class Descriptor(msgspec.Struct, rename="camel"):
    """What points to a blob (descriptor.md)."""

    digest: str = ""
    size: int = 0
    media_type: str = ""
    platform: RawPlatform | None = None
    annotations: dict[str, str] | None = None
    artifact_type: str | None = None
    urls: list[str] | None = None

    def note(self, key: str) -> str:
        """Return an annotation, or nothing."""
        return (self.annotations or {}).get(key, "")

    @property
    def is_attestation(self) -> bool:
        """Whether this is no image but what buildkit says of one, or something for no platform at all."""
        return self.note(ATTESTATION[0]) == ATTESTATION[1] or (
            self.platform is not None and self.platform.os == self.platform.architecture == "unknown"
        )


class Index(msgspec.Struct, rename="camel"):
    """An image index, or Docker's manifest list."""

    manifests: list[Descriptor]
    media_type: str = ""
    artifact_type: str | None = None


class Manifest(msgspec.Struct, rename="camel"):
    """An image manifest."""

    config: Descriptor
    layers: list[Descriptor]
    media_type: str = ""
    artifact_type: str | None = None


class RawHistory(msgspec.Struct):
    """One entry of `history` (config.md)."""

    created: str | None = None
    created_by: str | None = None
    author: str | None = None
    comment: str | None = None
    empty_layer: bool = False


class RawHealthcheck(msgspec.Struct, rename="pascal"):
    """Docker's health check."""

    test: list[str] | None = None


class RawInner(msgspec.Struct, rename="pascal"):
    """`config` within a configuration: how the image is run."""

    user: str | None = None
    exposed_ports: dict[str, msgspec.Raw] | None = None
    env: list[str] | None = None
    entrypoint: list[str] | str | None = None
    cmd: list[str] | str | None = None
    volumes: dict[str, msgspec.Raw] | None = None
    working_dir: str | None = None
    labels: dict[str, str] | None = None
    stop_signal: str | None = None
    args_escaped: bool | None = None
    healthcheck: RawHealthcheck | None = None
    shell: list[str] | str | None = None
    on_build: list[str] | None = None


class RawRoot(msgspec.Struct):
    """`rootfs`: the tars' digests, from the lowest layer up."""

    type: str = "layers"
    diff_ids: list[str] | None = None


class RawConfig(msgspec.Struct, rename={"os_version": "os.version"}):
    """An image configuration."""

    rootfs: RawRoot
    architecture: str = ""
    os: str = ""
    variant: str | None = None
    os_version: str | None = None
    created: str | None = None
    author: str | None = None
    config: RawInner | None = None
    history: list[RawHistory] | None = None


def decode(data: bytes, shape: type[T], what: str) -> T:
    """Return JSON as one of the structs above. Raises `MalformedImage` for anything else, also where its meaning depends on the reader."""
    once(data, what)
    try:
        _unambiguous(msgspec.json.decode(data, type=dict[str, msgspec.Raw]), shape, what)
        return msgspec.json.decode(data, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise MalformedImage(
            f"{what} cannot be read: {str(error)[:200]}.", "Pull, copy or save the image again; if it stays so, its maker's tool is broken."
        ) from None


def once(data: bytes, what: str) -> None:
    """Raise `MalformedImage` for a JSON text in which an object has a name twice: some readers take the first, others the last (RFC 8259, 4)."""
    import json

    def pairs(members: list[tuple[str, object]]) -> None:
        names = set()
        for name, _ in members:
            if name in names:
                raise MalformedImage(
                    f"{what} has {name[:80]!r} twice in one object: readers do not agree on what it says.",
                    "Do not trust this image; build it again.",
                )
            names.add(name)

    try:
        json.loads(data, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise MalformedImage(
            f"{what} cannot be read: {str(error)[:200]}.", "Pull, copy or save the image again; if it stays so, its maker's tool is broken."
        ) from None


def _unambiguous(members: dict[str, msgspec.Raw], shape: object, what: str) -> None:
    """Refuse a name in other letters than the specification's: Go's decoders would take it, others not, and both would be right."""
    known = {field.encode_name for field in msgspec.structs.fields(shape)}  # type: ignore[arg-type]  # every shape here is a Struct
    lower = {name.lower(): name for name in known}
    for name in members:
        if name not in known and (meant := lower.get(name.lower())):
            raise MalformedImage(
                f"{what} has {name!r} where the specification has {meant!r}: readers do not agree on what it says.",
                "Do not trust this image; build it again.",
            )


def read(data: bytes, media_type: str, what: str) -> Index | Manifest:
    """Return an index or a manifest, by what it is. Raises `MalformedImage`.

    `media_type`: what the way here said, checked against what the document says of itself (manifest.md, "mediaType").
    """
    try:
        outline = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise MalformedImage(f"{what} is no JSON object: {str(error)[:200]}.", "Check that the reference names an image.") from None
    if "fsLayers" in outline or bytes(outline.get("schemaVersion", b"")) == b"1" or media_type.startswith(SCHEMA_1):
        raise MalformedImage(
            f"{what} is a Docker schema 1 manifest, whose digests do not cover the image.", "Push the image again with an engine of this decade."
        )
    is_index, is_manifest = "manifests" in outline, "layers" in outline or "config" in outline
    if is_index and is_manifest:
        # https://github.com/advisories/GHSA-77vh-xpmg-72qh: one document, two images, by who reads it.
        raise MalformedImage(
            f"{what} is an index and a manifest at once: readers do not agree on what it says.", "Do not trust this image; build it again."
        )
    if not is_index and not is_manifest:
        raise MalformedImage(f"{what} is neither an index nor a manifest.", "Check that the reference names an image.")
    document = decode(data, Index, what) if is_index else decode(data, Manifest, what)
    expected = INDEX_TYPES if is_index else MANIFEST_TYPES
    other = MANIFEST_TYPES if is_index else INDEX_TYPES
    for said in (document.media_type, media_type):
        if said in other:
            raise MalformedImage(
                f"{what} calls itself {said!r} but is {'an index' if is_index else 'a manifest'}.", "Do not trust this image; build it again."
            )
    if document.media_type and document.media_type not in expected:
        raise MalformedImage(f"{what} is no image: its media type is {document.media_type!r}.", "Check that the reference names an image.")
    return document


def check_image(manifest: Manifest, what: str) -> None:
    """Raise `MalformedImage` unless the manifest is that of an image, saying what it is instead."""
    kind = manifest.config.media_type
    if kind not in CONFIG_TYPES:
        raise MalformedImage(
            f"{what} is no container image but an artefact: {manifest.artifact_type or kind}.",
            "Name an image; artefacts have no file system to scan.",
        )
    if manifest.layers and not any(is_tar_type(layer.media_type) or "layer" in layer.media_type for layer in manifest.layers):
        raise MalformedImage(
            f"{what} is no container image but an artefact: {manifest.artifact_type or manifest.layers[0].media_type}.",
            "Name an image; artefacts have no file system to scan.",
        )
    if len(manifest.layers) > MAX_LAYERS:
        raise MalformedImage(
            f"{what} has {len(manifest.layers)} layers; no engine takes more than {MAX_LAYERS}.", "Do not run this image; build it again."
        )
    for blob in (manifest.config, *manifest.layers):
        if not is_digest(blob.digest):
            raise MalformedImage(
                f"{what} names a blob by {blob.digest[:80]!r}, which is no sha256 or sha512 digest.", "Build or save the image again."
            )
        if blob.size < 0:
            raise MalformedImage(f"{what} has a blob of {blob.size} bytes.", "Build or save the image again.")
