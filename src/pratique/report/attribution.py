"""Which layer and instruction brought something, and whose it is, as the properties that machines read (`pratique:*`)."""

from __future__ import annotations

from pratique.model import UNKNOWN_LAYER, Origin, Zone


def attribution(origin: Origin, zone: Zone, owner: str = "") -> dict[str, str]:
    """Return the properties of one origin. What is not known is left out, except for the zone, which is then `unknown`.

    `pratique:layer` is the diff ID (OCI image-spec `config.md`), `pratique:layer-index` counts from 0, `pratique:owner` is the purl of the OS package
    that owns the files.
    """
    properties = {}
    if origin.diff_id:
        properties["pratique:layer"] = origin.diff_id
    if origin.layer != UNKNOWN_LAYER:
        properties["pratique:layer-index"] = str(origin.layer)
    if origin.instruction:
        properties["pratique:instruction"] = origin.instruction
    properties["pratique:zone"] = zone.value
    properties["pratique:visible"] = "true" if origin.visible else "false"
    if owner:
        properties["pratique:owner"] = owner
    if origin.root:
        properties["pratique:root"] = origin.root
    return properties
