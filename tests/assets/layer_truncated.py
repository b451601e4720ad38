"""A gzip layer that ends within its stream, with the digest of what there is."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    layer = im.Layer([*evil.alpine(), im.file("big", bytes(range(256)) * 400)])
    cut = im.compress(layer.tar, "gzip")[:-100]
    return str(evil.raw_layout(folder, layers=[cut], config=im.make_config([layer])))


EVIL = Evil(
    id="layer_truncated",
    attack="A compressed layer breaks off, and the manifest's digest is that of the piece, so that only decompression notices.",
    make=make,
    expect=(2,),
    says=r"ends in the middle of its gzip stream.*again",
)
