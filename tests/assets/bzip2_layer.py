"""A layer compressed by what layers cannot be compressed by."""

import bz2
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    layer = im.Layer(evil.alpine())
    return str(evil.raw_layout(folder, layers=[bz2.compress(layer.tar)], config=im.make_config([layer])))


EVIL = Evil(
    id="bzip2_layer",
    attack='A layer in bzip2, which old engines unpack and scanners take for an empty tar (OCI image-spec layer.md, "+gzip", "+zstd").',
    make=make,
    expect=(2,),
    says=r"compressed with bzip2.*Save the image again",
)
