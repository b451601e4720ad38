"""A member whose two sizes differ, with the real members hidden in between."""

import tarfile
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    hidden = im.tar(evil.alpine())[: 4 * 512]  # two members, each a header and a block
    plain = im.tar([im.file("data", hidden)], dialect=tarfile.USTAR_FORMAT)
    extended = im.tar([im.file("x", b"", pax={"size": "0"})])[:1024]
    return evil.archive(folder, im.Layer(raw=extended + plain))


EVIL = Evil(
    id="pax_size_lie",
    attack='A pax header says 0 bytes, the header itself some thousand: one reader sees members where the other sees data (POSIX pax, "size").',
    make=make,
    expect=(0,),
    says=evil.FLAW,
)
