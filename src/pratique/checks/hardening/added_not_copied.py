"""ADD unpacks archives and fetches from the network without being asked; COPY only copies."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import Hit, ImageCheck
from pratique.model import Confidence, Config, Digests, Image, Inventory, Kind, Layer, Persona, Platform, Severity


def run(inventory: Inventory) -> Iterator[Hit]:
    """Yield each layer that ADD brought; not the lowest one, for so base images are made."""
    for layer in inventory.image.layers[1:]:
        text = (layer.instruction or "").removeprefix("/bin/sh -c ").removeprefix("#(nop) ").lstrip()
        if text.startswith("ADD "):
            what = "fetches from the network" if "://" in text else "unpacks archives by itself"
            yield Hit(f"history:{' '.join(text.split())[:80]}", f"this layer was brought by ADD, which {what}", layer=layer.index)


def _image(*instructions: str) -> Inventory:
    layers = tuple(Layer(at, "", "", instruction=text) for at, text in enumerate(instructions))
    return Inventory(Image("sample", Digests("sha256:0"), Platform(), layers, Config(), "oci"), ())


CHECK = ImageCheck(
    id="added-not-copied",
    kind=Kind.HARDENING,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    persona=Persona.PEDANTIC,
    asks="Did ADD bring files where COPY would do?",
    remedy="Use COPY; for a download ADD --checksum=sha256:…, for an archive COPY and RUN tar.",
    run=run,
    catches=(_image("ADD rootfs.tar / # buildkit", "ADD app /app # buildkit"), _image("ADD a /", "/bin/sh -c #(nop) ADD file:0123 in /app ")),
    passes=(
        _image("/bin/sh -c #(nop) ADD file:0123 in / "),
        _image("ADD rootfs.tar /", "COPY app /app # buildkit"),
        _image("ADD a /", "RUN useradd x"),
    ),
    aliases=("CIS-DI-0009", "CIS-4.9", "DL3020", "DS-0005", "AVD-DS-0005"),
)
