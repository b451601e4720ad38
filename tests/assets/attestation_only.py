"""An index that holds only what buildkit says of an image."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    blobs = im.Blobs()
    image = blobs.put_image([im.Layer(evil.alpine())])
    return str(blobs.write_layout(folder / "layout", {"latest": blobs.put_index([blobs.put_attestation(image["digest"])])}))


EVIL = Evil(
    id="attestation_only",
    attack="An index without an image has an attestation scanned in its place, which has no packages.",
    make=make,
    expect=(2,),
    says=r"holds no image.* Check that the reference names an image",
)
