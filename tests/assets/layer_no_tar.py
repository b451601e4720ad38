"""A layer that is no tar at all."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    return evil.archive(folder, evil.alpine(), im.Layer(raw=b"<html>not here</html>" * 100))


EVIL = Evil(
    id="layer_no_tar",
    attack="A layer that is no tar counts as one without files.",
    make=make,
    expect=(3,),
    says=r"layer 1: .* build or pull",
)
