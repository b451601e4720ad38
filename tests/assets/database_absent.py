"""A distribution without its package database."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    return evil.archive(folder, [im.file("etc/os-release", evil.DEBIAN), im.file("usr/bin/openssl", b"\x7fELF")])


EVIL = Evil(
    id="database_absent",
    attack="An image was slimmed by leaving its package database out: what nobody lists has no flaws.",
    make=make,
    expect=(3,),
    says=r"no package database of Debian.*→",
)
