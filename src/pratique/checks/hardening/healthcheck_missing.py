"""Without a health check the engine takes a process that hangs for one that works. Kubernetes has probes of its own and ignores it."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import Hit, ImageCheck
from pratique.model import Confidence, Config, Digests, Image, Inventory, Kind, Persona, Platform, Severity


def run(inventory: Inventory) -> Iterator[Hit]:
    """Object to an image without HEALTHCHECK, or with HEALTHCHECK NONE. A plain folder is not judged."""
    image = inventory.image
    if image.source == "dir":
        return
    check = image.config.healthcheck
    if not check:
        yield Hit("config:healthcheck", "the image has no HEALTHCHECK")
    elif check[0] == "NONE":
        yield Hit("config:healthcheck", "the image switches its base's HEALTHCHECK off")


def _image(healthcheck: tuple[str, ...] | None, source: str = "oci") -> Inventory:
    return Inventory(Image("sample", Digests("sha256:0"), Platform(), (), Config(healthcheck=healthcheck), source), ())


CHECK = ImageCheck(
    id="healthcheck-missing",
    kind=Kind.HARDENING,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    persona=Persona.PEDANTIC,
    asks="Can the engine tell whether the application works?",
    remedy="Add a HEALTHCHECK to the final stage that asks the application itself.",
    run=run,
    catches=(_image(None), _image(("NONE",))),
    passes=(_image(("CMD", "/app", "--health")), _image(None, "dir")),
    aliases=("CIS-DI-0006", "CIS-4.6", "DL3057", "DS-0026", "AVD-DS-0026"),
)
