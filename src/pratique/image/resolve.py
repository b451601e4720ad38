"""The way from a descriptor to an image: index ▸ (nested index) ▸ manifest ▸ config. The caller fetches; every document is verified here.

OCI image-spec `image-index.md`: of several manifests one is chosen by platform; attestations (buildkit's `attestation-manifest`) are set aside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pratique.errors import InvalidInput, MalformedImage
from pratique.image import documents
from pratique.image.documents import Descriptor, Manifest
from pratique.image.layer import check
from pratique.image.platforms import Wanted, named
from pratique.image.reference import is_digest
from pratique.model import Digests, Gap, Platform

MAX_DOCUMENT = 4 << 20
"""Bytes of an index or manifest: the size that OCI distribution-spec asks registries to take."""
MAX_CONFIG = 4 << 20
"""Bytes of a configuration. Real ones have some 10 KiB; a history of 10,000 instructions fits. Decoded, it takes some fifty times that."""
MAX_DEPTH = 4
"""Indexes within indexes."""

Fetch = Callable[[Descriptor, int], bytes]
"""Gives the bytes of a document, of at most so many; they need not be verified."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a reference came to."""

    digests: Digests
    manifest: Manifest
    config: bytes
    gaps: tuple[Gap, ...] = field(default=())


def resolve(root: Descriptor, fetch: Fetch, *, asked: str | None, machine: str) -> Resolved:
    """Follow a descriptor down to one image.

    `asked`: the platform that the user wants, else that of this `machine` is preferred. Raises `MalformedImage`, `DigestMismatch`, `InvalidInput`.
    """
    index: str | None = None
    gaps: list[Gap] = []
    descriptor = root
    for _ in range(MAX_DEPTH):
        if not is_digest(descriptor.digest):
            raise MalformedImage(
                f"A manifest is named by {descriptor.digest[:80]!r}, which is no sha256 or sha512 digest.", "Build or save the image again."
            )
        name = f"The manifest {descriptor.digest}"
        document = documents.read(check(fetch(descriptor, MAX_DOCUMENT), descriptor.digest, name), descriptor.media_type, name)
        if isinstance(document, Manifest):
            documents.check_image(document, name)
            config = check(fetch(document.config, MAX_CONFIG), document.config.digest, "The image's configuration")
            return Resolved(Digests(config=document.config.digest, manifest=descriptor.digest, index=index), document, config, tuple(gaps))
        index = index or descriptor.digest
        descriptor, gap = choose(document.manifests, asked=asked, machine=machine)
        if gap is not None:
            gaps.append(gap)
    raise MalformedImage(f"The image's index holds indexes more than {MAX_DEPTH} deep.", "Do not trust this image; build it again.")


def choose(manifests: Sequence[Descriptor], *, asked: str | None, machine: str) -> tuple[Descriptor, Gap | None]:
    """Return the manifest for a platform, and a note where another had to be taken. Raises `InvalidInput` where the asked one is not there."""
    images = [one for one in manifests if not one.is_attestation and one.media_type in ("", *documents.INDEX_TYPES, *documents.MANIFEST_TYPES)]
    if not images:
        kinds = ", ".join(sorted({one.artifact_type or one.media_type for one in manifests})) or "nothing"
        raise MalformedImage(f"The index holds no image, but {kinds}.", "Check that the reference names an image.")
    there = [(one, one.platform.noun()) for one in images if one.platform is not None]
    unnamed = [one for one in images if one.platform is None]
    if asked is not None:
        wanted = Wanted.parse(asked)
        found = [one for one in there if wanted.fits(one[1])]
        if found:
            return _best(found), None
        if len(unnamed) == 1:  # its configuration will tell
            return unnamed[0], None
        listed = ", ".join(sorted({str(platform) for _, platform in there})) or "none that is named"
        raise InvalidInput(f"The image is not there for {asked}.", f"It is there for: {listed}.")
    here = named("linux", machine)
    if found := [one for one in there if Wanted(here).fits(one[1])]:
        return _best(found), None
    if len(images) == 1:
        return images[0], None
    chosen = next((one for one, platform in there if platform.os == "linux"), None) or (unnamed or images)[0]
    platform = str(chosen.platform.noun()) if chosen.platform else "a platform that is not named"
    gap = Gap(
        "platform-assumed", f"The image is not there for {here}; the one for {platform} was taken.", blind=False, remedy="Choose with --platform."
    )
    return chosen, gap


def _best(found: Sequence[tuple[Descriptor, Platform]]) -> Descriptor:
    """Of several variants: the plain one, else the highest (`arm/v7` before `v6`), else the first."""
    plain = [one for one, platform in found if not platform.variant]
    return plain[0] if plain else max(found, key=lambda one: one[1].variant)[0]
