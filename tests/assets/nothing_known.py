"""An image with one program and nothing that says what it is."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    return evil.archive(folder, [im.file("app", b"\x7fELF\2\1\1" + bytes(500), mode=0o755)])


EVIL = Evil(
    id="nothing_known",
    attack="An image without distribution and packages has no findings, as if somebody had looked.",
    make=make,
    expect=(3,),
    says=r"nothing in it says.*→",
)
