"""Whiteouts with odd names, and one that hides the package database."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    odd = [".wh.", ".wh..", ".wh...", "etc/.wh.", "etc/.wh...", ".wh..wh..opq/x", ".wh..wh.plnk/1", "a/.wh..wh..wh..opq", ".wh.x/y"]
    return evil.archive(folder, evil.alpine(), [*(im.file(name) for name in odd), im.whiteout("lib/apk")])


EVIL = Evil(
    id="whiteout_tricks",
    attack='Whiteouts of odd names (`.wh.`, `.wh...`) hide the root or nothing, and a plain one the database (OCI image-spec layer.md, "Whiteouts").',
    make=make,
    expect=(3,),
    says=r"whiteout of no name.*this layer deletes the apk database of 1 packages.*→",
)
