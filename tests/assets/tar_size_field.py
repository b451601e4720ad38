"""A size of twelve digits, without the zero byte that usually ends it."""

import tarfile
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    hidden = im.tar([im.file("etc/os-release", evil.DEBIAN)], dialect=tarfile.USTAR_FORMAT)[:1024]
    decoy = bytearray(im.tar([im.file("decoy", bytes(512 * 7) + hidden)], dialect=tarfile.USTAR_FORMAT)[: 512 * 10])
    assert len(decoy) == 512 * 10
    decoy[124:136] = b"%012o" % (512 * 9)  # eleven digits of it say an eighth: seven blocks too few, and then the hidden member
    decoy[148:156] = b" " * 8
    decoy[148:156] = b"%06o\0 " % sum(decoy[:512])
    return evil.archive(folder, im.Layer(raw=bytes(decoy) + im.tar(evil.alpine())))


EVIL = Evil(
    id="tar_size_field",
    attack='A size of twelve digits is read as eleven by who expects a zero byte behind them, and data become members (POSIX ustar, "size").',
    make=make,
    expect=(0,),
    says="System Alpine.*" + evil.FLAW,
    never="Debian",
)
