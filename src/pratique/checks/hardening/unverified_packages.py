"""A package manager that was told not to verify installs what anyone on the way sends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import Hit, ImageCheck
from pratique.model import Confidence, Config, Digests, Image, Inventory, Kind, Layer, Platform, Severity

_FLAGS = re.compile(
    r"--allow-unauthenticated\b|--allow-insecure-repositories\b|--allow-untrusted\b|--no-?gpg-?checks?\b|--force-yes\b|--trusted-host\b"
    r"|\bgpgcheck=(?:0|false|no)\b|\[[^\]\n]{0,200}\btrusted=yes\b|\bAllowUnauthenticated(?:=|\s)\"?(?:true|1)|\bstrict-ssl(?:=|\s)false\b"
    r"|\bsslverify=(?:0|false)\b|--nosignature\b|--nodigest\b",
    re.IGNORECASE,
)


def run(inventory: Inventory) -> Iterator[Hit]:
    """Object to each layer whose instruction switches the verification of packages off."""
    for layer in inventory.image.layers:
        for flag in dict.fromkeys(match[0] for match in _FLAGS.finditer(layer.instruction or "")):
            yield Hit(f"history:{flag[:80]}", f"{flag[:80]}: packages were installed without being verified", layer=layer.index)


def _image(*instructions: str) -> Inventory:
    layers = tuple(Layer(at, "", "", instruction=text) for at, text in enumerate(instructions))
    return Inventory(Image("sample", Digests("sha256:0"), Platform(), layers, Config(), "oci"), ())


CHECK = ImageCheck(
    id="unverified-packages",
    kind=Kind.HARDENING,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Were packages installed without being verified?",
    remedy="Remove the flag, and give the package manager the key of the repository.",
    run=run,
    catches=(
        _image("RUN apt-get install --allow-unauthenticated x"),
        _image("RUN apk add --allow-untrusted x.apk"),
        _image("RUN yum --nogpgcheck install x"),
    ),
    passes=(_image("RUN apt-get update && apt-get install -y curl"), _image("RUN apk add --no-cache curl"), _image()),
    aliases=("CIS-4.11",),
)
