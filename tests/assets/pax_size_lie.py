"""A member whose two sizes differ, with the real members hidden in between."""

import tarfile
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    hidden = im.tar(evil.alpine(("hidden", "1.0-r0")))[:-10240]
    shown = im.tar([im.file("data", hidden, pax={"size": "0"})], dialect=tarfile.PAX_FORMAT)
    return evil.archive(folder, im.Layer(raw=shown))


EVIL = Evil(
    id="pax_size_lie",
    attack="A pax header says 0 bytes, the header itself some thousand: one reader sees members where the other sees data (POSIX pax, \"size\").",
    make=make,
    expect=(0, 3),
    says=evil.FLAW,
)
