"""A whole upgrade of the distribution within a build gives another image each time, which nobody chose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import Hit, ImageCheck
from pratique.model import Confidence, Config, Digests, Image, Inventory, Kind, Layer, Persona, Platform, Severity

_UPGRADE = re.compile(
    r"\b(?:apt-get|apt|aptitude)\s(?:-\S+\s){0,8}(?:dist-upgrade|full-upgrade)\b|\bdo-release-upgrade\b|\bzypper\s(?:-\S+\s){0,8}dup\b"
)


def run(inventory: Inventory) -> Iterator[Hit]:
    """Yield each layer whose instruction upgrades the distribution."""
    for layer in inventory.image.layers:
        if found := _UPGRADE.search(layer.instruction or ""):
            yield Hit(f"history:{found[0]}", f"{found[0]} replaces packages of the base", layer=layer.index)


def _image(*instructions: str) -> Inventory:
    layers = tuple(Layer(at, "", "", instruction=text) for at, text in enumerate(instructions))
    return Inventory(Image("sample", Digests("sha256:0"), Platform(), layers, Config(), "oci"), ())


CHECK = ImageCheck(
    id="distribution-upgrade",
    kind=Kind.HARDENING,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    persona=Persona.PEDANTIC,
    asks="Was the distribution upgraded within the build?",
    remedy="Build on a newer base, named by its digest.",
    run=run,
    catches=(_image("RUN apt-get update && apt-get -y dist-upgrade"), _image("RUN zypper -n dup")),
    passes=(_image("RUN apt-get update && apt-get -y install curl"), _image()),
    aliases=("DKL-DI-0003", "DS-0024", "AVD-DS-0024"),
)
