"""A package database behind symbolic links that run in a circle."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    return evil.archive(
        folder,
        [im.file("etc/os-release", evil.DEBIAN), im.symlink("var/lib/dpkg", "../../usr/dpkg"), im.symlink("usr/dpkg", "../var/lib/dpkg")],
    )


EVIL = Evil(
    id="symlink_loop_database",
    attack="The package database lies behind links that run in a circle: followed for ever, or not found and so empty (path_resolution(7)).",
    make=make,
    expect=(3,),
    says=r"no package database of Debian.*→",
)
