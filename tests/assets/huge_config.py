"""A configuration of 40 MiB."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    layer = im.Layer(evil.alpine())
    return evil.archive(folder, layer, raw_config=im.make_config([layer], comment="x" * (40 << 20)))


EVIL = Evil(
    id="huge_config",
    attack="A configuration of many megabytes fills the memory of whoever reads it whole.",
    make=make,
    expect=(2,),
    says=r"no more than 4194304 are read.*check",
)
