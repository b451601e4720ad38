"""Labels say where an image comes from when nothing else does: which source, which revision, under which licence."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import Hit, ImageCheck
from pratique.model import Confidence, Config, Digests, Image, Inventory, Kind, Persona, Platform, Severity

PREFIX = "org.opencontainers.image."
WANTED = ("title", "source", "revision", "version", "licenses")
"""OCI image-spec `annotations.md`, "Pre-Defined Annotation Keys"."""
OLDER = "org.label-schema."
"""The convention before it: https://label-schema.org, with `name`, `vcs-url`, `vcs-ref`."""
_OLDER = {"title": "name", "source": "vcs-url", "revision": "vcs-ref", "version": "version"}


def run(inventory: Inventory) -> Iterator[Hit]:
    """Yield one hit with all that is missing. A plain folder is not judged."""
    if inventory.image.source == "dir":
        return
    labels = {name for name, value in inventory.image.config.labels if value.strip()}
    missing = [name for name in WANTED if f"{PREFIX}{name}" not in labels and OLDER + _OLDER.get(name, "?") not in labels]
    if missing:
        yield Hit("config:labels", f"the image does not say its {', '.join(missing)} ({PREFIX}…)")


def _image(*names: str) -> Inventory:
    return Inventory(Image("sample", Digests("sha256:0"), Platform(), (), Config(labels=tuple((name, "x") for name in names)), "oci"), ())


CHECK = ImageCheck(
    id="missing-labels",
    kind=Kind.HARDENING,
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    persona=Persona.PEDANTIC,
    asks="Does the image say where it comes from?",
    remedy="Set the labels in the build (docker build --label org.opencontainers.image.revision=$(git rev-parse HEAD) …).",
    run=run,
    catches=(_image(), _image(f"{PREFIX}title", f"{PREFIX}source")),
    passes=(_image(*(f"{PREFIX}{name}" for name in WANTED)), _image(*(f"{OLDER}{name}" for name in _OLDER.values()), f"{PREFIX}licenses")),
)
