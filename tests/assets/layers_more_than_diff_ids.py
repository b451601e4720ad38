"""The manifest has one layer more than the configuration."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    first, second = im.Layer(evil.alpine()), im.Layer([im.file("usr/bin/implant", b"\x7fELF")])
    return str(evil.layout(folder, first, second, raw_config=im.make_config([first])).path)


EVIL = Evil(
    id="layers_more_than_diff_ids",
    attack="A layer that no diff ID names is run by one engine and not seen by a scanner that counts the other list.",
    make=make,
    expect=(2,),
    says=r"lists 1 layers, its manifest 2: one of them lies.*again",
)
