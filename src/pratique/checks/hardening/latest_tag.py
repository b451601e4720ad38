"""`latest` names another image every day: nobody can say which one ran."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import Hit, ImageCheck
from pratique.model import Confidence, Config, Digests, Image, Inventory, Kind, Persona, Platform, Severity


def run(inventory: Inventory) -> Iterator[Hit]:
    """Yield an image that was asked for by the tag `latest`, or has no other."""
    image = inventory.image
    asked = image.source in ("registry", "docker") and "@" not in image.reference and image.reference.endswith(":latest")
    if asked or (image.tags and all(tag.endswith(":latest") for tag in image.tags)):
        yield Hit("config:tag", "the image has no tag but latest")


def _image(reference: str, *tags: str, source: str = "docker-archive") -> Inventory:
    return Inventory(Image(reference, Digests("sha256:0"), Platform(), (), Config(), source, tags), ())


CHECK = ImageCheck(
    id="latest-tag",
    kind=Kind.HARDENING,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    persona=Persona.PEDANTIC,
    asks="Does a tag say which version this is?",
    remedy="Give each build a tag of its own, such as its version or the revision of its source; deploy by digest.",
    run=run,
    catches=(_image("docker-archive:a.tar", "app:latest"), _image("docker.io/library/app:latest", source="registry")),
    passes=(_image("docker-archive:a.tar", "app:1.2", "app:latest"), _image("docker-archive:a.tar"), _image("app@sha256:0", source="registry")),
    aliases=("DKL-DI-0006",),
)
