"""Indexes within indexes, 100 deep."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    blobs = im.Blobs()
    root = blobs.put_image([im.Layer(evil.alpine())])
    for _ in range(100):
        root = blobs.put_index([root])
    return str(blobs.write_layout(folder / "layout", [root]))


EVIL = Evil(
    id="nested_indexes",
    attack="Indexes within indexes, 100 deep, each with its right digest.",
    make=make,
    expect=(2,),
    says=r"more than \d+ deep.*Do not trust",
)
