"""A package database without a distribution."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    return evil.archive(folder, [im.file("var/lib/dpkg/status", evil.deb("evil", "1.0-1"))])


EVIL = Evil(
    id="release_absent",
    attack="An image without os-release: its packages belong to no release, so no advisory names them.",
    make=make,
    expect=(3,),
    says=r"1 package.*distribution.*→",
)
