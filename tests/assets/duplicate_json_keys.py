"""A manifest with two lists of layers."""

import json
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    blobs = im.Blobs()
    shown, hidden = im.Layer(evil.alpine()), im.Layer(evil.alpine(("implant", "1.0-r0")))
    one, other = (blobs.put(layer.tar, im.OCI_LAYER) for layer in (shown, hidden))
    config = blobs.put(im.make_config([shown]), im.OCI_CONFIG)
    text = f'{{"schemaVersion":2,"mediaType":"{im.OCI_MANIFEST}","config":{json.dumps(config)},'
    text += f'"layers":[{json.dumps(other)}],"layers":[{json.dumps(one)}]}}'
    return str(blobs.write_layout(folder / "layout", [blobs.put(text.encode(), im.OCI_MANIFEST)]))


EVIL = Evil(
    id="duplicate_json_keys",
    attack="A manifest with two lists of layers: scanner and engine take different ones, and the digest covers both (RFC 8259, 4).",
    make=make,
    expect=(2,),
    says=r"'layers' twice.*readers do not agree.*Do not trust",
)
