"""Forty layers that each keep nearly as much as one layer may."""

from pathlib import Path

import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    layer = im.Layer(im.file(f"{number}/etc/os-release", b"#" * 1_000_000) for number in range(100))
    blobs = im.Blobs()
    stored = blobs.put(im.compress(layer.tar, "gzip"), im.OCI_LAYER + "+gzip")
    manifest = {
        "schemaVersion": 2,
        "mediaType": im.OCI_MANIFEST,
        "config": blobs.put(im.make_config([layer] * 40), im.OCI_CONFIG),
        "layers": [stored] * 40,
    }
    return str(blobs.write_layout(folder / "layout", [blobs.put_json(manifest, im.OCI_MANIFEST)]))


EVIL = Evil(
    id="layers_hold_much",
    attack="Each of forty layers keeps what one layer may keep, and together they fill the memory.",
    make=make,
    expect=(2,),
    says=r"more than \d+ MiB.*Do not run",
    mebibytes=1200,
    seconds=60.0,
)
