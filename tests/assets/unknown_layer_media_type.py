"""A layer that is encrypted."""

import json
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    made = evil.layout(folder, evil.alpine(), [im.file("secret", b"x")])
    assert made.manifest
    manifest = json.loads(evil.blob(made, made.manifest).read_bytes())
    manifest["layers"][1]["mediaType"] += "+encrypted"
    blobs = im.Blobs()
    root = blobs.put_json(manifest, im.OCI_MANIFEST)
    blobs.write_layout(made.path, [root])
    return str(made.path)


EVIL = Evil(
    id="unknown_layer_media_type",
    attack="A layer that cannot be read (encrypted, OCI image-spec layer.md has no such type) is passed over.",
    make=make,
    expect=(2,),
    says=r"media type '[^']*encrypted'.*Ask for",
)
