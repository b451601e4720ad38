"""A layer with a header whose checksum is wrong."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    data = bytearray(im.tar([im.file("first", b"x"), *evil.alpine()]))
    data[1024 + 5] ^= 0x20
    return evil.archive(folder, im.Layer(raw=bytes(data)))


EVIL = Evil(
    id="layer_header_damaged",
    attack='A header with a wrong checksum ends the list of one reader, and another reads on (POSIX pax, "chksum").',
    make=make,
    expect=(3,),
    says=r"checksum is wrong.* build or pull",
)
