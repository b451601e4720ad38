"""An index that names itself."""

import json
from pathlib import Path

import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    name = "sha256:" + "1" * 64
    index = json.dumps({"schemaVersion": 2, "mediaType": im.OCI_INDEX, "manifests": [{"mediaType": im.OCI_INDEX, "digest": name, "size": 300}]})
    blobs = im.Blobs()
    blobs[name] = index.encode()
    return str(blobs.write_layout(folder / "layout", [{"mediaType": im.OCI_INDEX, "digest": name, "size": len(index)}]))


EVIL = Evil(
    id="cyclic_index",
    attack="An index that names itself is followed for ever (OCI image-spec image-index.md).",
    make=make,
    expect=(2,),
    says=r"not what its digest says.*again",
)
