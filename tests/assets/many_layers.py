"""An image of 5,000 layers."""

from pathlib import Path

import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    layer = im.Layer([im.file("x")])
    return str(im.make_oci_layout(folder / "layout", [layer] * 5_000).path)


EVIL = Evil(
    id="many_layers",
    attack="An image of 5,000 layers opens as many files and threads.",
    make=make,
    expect=(2,),
    says=r"5000 layers; no engine takes more.*Do not run",
)
