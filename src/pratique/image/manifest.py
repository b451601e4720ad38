"""Index, manifest and configuration become an Image, with every digest on the way.

OCI image-spec 1.1 (`image-index.md`, `manifest.md`, `config.md`); Docker image manifest version 2, schema 2
(https://distribution.github.io/distribution/spec/manifest-v2-2/). Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from pratique.errors import InvalidInput, MalformedImage
from pratique.image import instruction, redact
from pratique.image.layer import is_tar_type
from pratique.image.platforms import Wanted, named
from pratique.image.reference import is_digest
from pratique.model import Config, Digests, Gap, History, Image, Layer, Platform

MAX_LAYERS = 1024
"""Layers of an image. Engines mount at most some 500; Docker allows 127."""
MAX_HISTORY = 10_000
"""Entries of a history: instructions of all Dockerfiles down to scratch."""

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


# ------------------------------------------------------------------------------------------------------------ reading


def decode(data: bytes, shape: type[T], what: str) -> T:
    """Return JSON as one of the structs above. Raises `MalformedImage` for anything else, also where its meaning depends on the reader."""
    try:
        _unambiguous(msgspec.json.decode(data, type=dict[str, msgspec.Raw]), shape, what)
        return msgspec.json.decode(data, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
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


# ----------------------------------------------------------------------------------------------------------- building


def image(
    config: bytes,
    layers: Sequence[Descriptor],
    digests: Digests,
    *,
    reference: str,
    source: str,
    asked: str | None = None,
    tags: Sequence[str] = (),
    gaps: Sequence[Gap] = (),
) -> Image:
    """Return the Image of a verified configuration and its layers as stored (whose digests may be empty, as in a `docker save` archive).

    Raises `MalformedImage` where the two do not fit, `InvalidInput` for an image of another platform than was asked, or one that is not read here.
    """
    raw = decode(config, RawConfig, "The image's configuration")
    diff_ids = raw.rootfs.diff_ids or []
    if raw.rootfs.type != "layers":
        raise MalformedImage(f"The image's root file system is of the type {raw.rootfs.type!r}, not 'layers'.", "Build or save the image again.")
    if len(diff_ids) > MAX_LAYERS:
        raise MalformedImage(
            f"The image has {len(diff_ids)} layers; no engine takes more than {MAX_LAYERS}.", "Do not run this image; build it again."
        )
    if len(diff_ids) != len(layers):
        raise MalformedImage(
            f"The image's configuration lists {len(diff_ids)} layers, its manifest {len(layers)}: one of them lies.",
            "Pull, copy or save the image again.",
        )
    for diff_id in diff_ids:
        if not is_digest(diff_id):
            raise MalformedImage(
                f"The image's configuration names a layer by {diff_id[:80]!r}, which is no sha256 or sha512 digest.", "Build the image again."
            )
    platform = named(raw.os, raw.architecture, raw.variant or "", raw.os_version or "")
    _refuse_other_worlds(platform, source)
    if asked is not None and not Wanted.parse(asked).fits(platform):
        raise InvalidInput(f"The image is for {platform}, not for {asked}.", f"Ask for --platform {platform}, or leave the option out.")
    found = list(gaps)
    if not raw.os or not raw.architecture:
        found.append(Gap("platform-absent", "The image's configuration does not say what platform it is for.", blind=False))
    if any(layer.urls or "foreign" in layer.media_type or "nondistributable" in layer.media_type for layer in layers):
        found.append(Gap("layer-foreign", "The image has layers that its registry may not distribute; they are read only if it does.", blind=False))
    history = tuple(_history(entry) for entry in (raw.history or ())[:MAX_HISTORY])
    instructions, gap = instruction.paired(raw.history or (), len(layers))
    if gap is not None:
        found.append(gap)
    return Image(
        reference=reference,
        digests=digests,
        platform=platform,
        layers=tuple(
            Layer(
                index=index,
                diff_id=diff_id,
                chain_id=chain_id,
                digest=blob.digest or None,
                media_type=blob.media_type,
                size=blob.size,
                instruction=instructions[index].text,
                created=instructions[index].created,
            )
            for index, (diff_id, chain_id, blob) in enumerate(zip(diff_ids, chain_ids(diff_ids), layers, strict=True))
        ),
        config=_config(raw, history),
        source=source,
        tags=tuple(tags),
        gaps=tuple(found),
    )


def chain_ids(diff_ids: Sequence[str]) -> list[str]:
    """Return the ChainID of each layer: it names the layer with all below it (config.md, "Layer ChainID")."""
    chain: list[str] = []
    for diff_id in diff_ids:
        chain.append(f"sha256:{hashlib.sha256(f'{chain[-1]} {diff_id}'.encode()).hexdigest()}" if chain else diff_id)
    return chain


def _refuse_other_worlds(platform: Platform, source: str) -> None:
    if platform.os == "windows":
        raise InvalidInput(f"This is a Windows image ({platform}); its layers are not read here.", "Pratique reads images for Linux.")
    if platform.os.startswith(("wasi", "js")) or platform.architecture.startswith("wasm"):
        raise InvalidInput(f"This is a WebAssembly module in an image ({platform}), not a file system.", "Pratique reads images for Linux.")
    if platform.os == platform.architecture == "unknown":
        raise MalformedImage(f"This is no container image but an attestation about one ({source}).", "Name the image itself.")


def _history(entry: RawHistory) -> History:
    hidden = [None if value is None else redact.text(value) for value in (entry.created_by, entry.comment, entry.author)]
    return History(created_by=hidden[0], created=entry.created, comment=hidden[1], author=hidden[2], empty=entry.empty_layer)


def _config(raw: RawConfig, history: tuple[History, ...]) -> Config:
    inner = raw.config or RawInner()
    return Config(
        user=inner.user or "",
        entrypoint=_words(inner.entrypoint),
        cmd=_words(inner.cmd),
        env=tuple(redact.variable(entry) for entry in inner.env or ()),
        labels=tuple((name, redact.pair(name, value)) for name, value in sorted((inner.labels or {}).items())),
        exposed_ports=tuple(sorted(inner.exposed_ports or ())),
        volumes=tuple(sorted(inner.volumes or ())),
        working_dir=inner.working_dir or "",
        stop_signal=inner.stop_signal or "",
        healthcheck=None if inner.healthcheck is None else redact.words(inner.healthcheck.test or ()),
        shell=_words(inner.shell),
        onbuild=tuple(redact.text(line) for line in inner.on_build or ()),
        args_escaped=bool(inner.args_escaped),
        created=raw.created,
        author=None if raw.author is None else redact.text(raw.author),
        history=history,
    )


def _words(value: list[str] | str | None) -> tuple[str, ...] | None:
    """Docker's `strslice`: a list, or one text."""
    if value is None:
        return None
    return redact.words([value] if isinstance(value, str) else value)
