"""A RUN that only updates lists of packages is cached: later builds install from old lists, without the fixes published since."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import Hit, ImageCheck
from pratique.model import Confidence, Config, Digests, Image, Inventory, Kind, Layer, Platform, Severity

_UPDATE = re.compile(r"\b(?:apt-get|apt|aptitude)\s(?:-\S+\s){0,8}update\b|\bapk\s(?:-\S+\s){0,8}update\b|\bzypper\s(?:-\S+\s){0,8}(?:refresh|ref)\b")
_USE = re.compile(r"\b(?:install|add|upgrade|dist-upgrade|full-upgrade|build-dep|source|download|update)\b")


def run(inventory: Inventory) -> Iterator[Hit]:
    """Object to each layer whose instruction updates lists and installs nothing."""
    for layer in inventory.image.layers:
        text = layer.instruction or ""
        found = _UPDATE.search(text)
        if found and not _USE.search(_UPDATE.sub(" ", text)):
            yield Hit(f"history:{found[0]}", f"{found[0]} runs alone: its lists grow old in the cache of builds", layer=layer.index)


def _image(*instructions: str) -> Inventory:
    layers = tuple(Layer(at, "", "", instruction=text) for at, text in enumerate(instructions))
    return Inventory(Image("sample", Digests("sha256:0"), Platform(), layers, Config(), "oci"), ())


CHECK = ImageCheck(
    id="update-alone",
    kind=Kind.HARDENING,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Were lists of packages updated in an instruction of their own?",
    remedy="Update and install in one instruction (RUN apt-get update && apt-get install …).",
    run=run,
    catches=(_image("RUN /bin/sh -c apt-get update # buildkit"), _image("/bin/sh -c apt-get -qq update && rm -rf /tmp/x"), _image("RUN apk update")),
    passes=(_image("RUN apt-get update && apt-get install -y curl"), _image("RUN apk add --no-cache curl"), _image(), _image("RUN echo update")),
    aliases=("CIS-DI-0007", "CIS-4.7", "DS-0017", "AVD-DS-0017"),
)
