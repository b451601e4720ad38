"""A layer that is only at an address."""

import json
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    made = evil.layout(folder, evil.alpine(), [im.file("secret", b"x")])
    assert made.manifest
    manifest = json.loads(evil.blob(made, made.manifest).read_bytes())
    manifest["layers"][1].update(mediaType="application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", urls=["http://127.0.0.1:9/layer"])
    evil.blob(made, made.blobs[1]).unlink()
    blobs = im.Blobs()
    blobs.write_layout(made.path, [blobs.put_json(manifest, im.OCI_MANIFEST)])
    return str(made.path)


EVIL = Evil(
    id="foreign_layer",
    attack="A layer is only at an address that the image names: fetched, it sends credentials there (CVE-2020-15157); left out, it is not seen.",
    make=make,
    expect=(2,),
    says=r"foreign.*Get the image from its publisher|cannot be opened.*again",
)
