"""A layer of 400,000 whiteouts with long names."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    names = (im.file(f"d{n % 50}/.wh.{n:0200d}") for n in range(120_000))
    return str(evil.layout(folder, evil.alpine(), im.Layer(names), im.Layer(im.file(f"e/.wh.{n:0200d}") for n in range(120_000))).path)


EVIL = Evil(
    id="million_whiteouts",
    attack="Hundreds of thousands of whiteouts of long names hide nothing and fill the memory.",
    make=make,
    expect=(0, 3),
    says=evil.FLAW,
    seconds=40.0,
)
