"""A Windows image."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    return evil.archive(folder, [im.file("Files/Windows/System32/license.rtf", b"{}")], platform="windows/amd64")


EVIL = Evil(
    id="windows_image",
    attack="A Windows image, whose packages nobody looked for, is said to have no findings.",
    make=make,
    expect=(2,),
    says=r"Windows image.* Linux",
)
