"""A layer of a million files, and an Alpine behind them."""

import tarfile
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    header = bytearray(im.tar([im.file("x" * 40, b"", mode=0o644)], dialect=tarfile.USTAR_FORMAT)[:512])
    total = sum(header) - sum(header[148:156]) + 8 * 32 - 40 * ord("x")
    out = bytearray()
    for number in range(1_000_000):
        name = b"d%03d/evil-member-of-a-million-%08d" % (number // 1000, number)
        header[0:40] = name.ljust(40, b"\0")
        header[148:156] = b"%06o\0 " % (total + sum(name))
        out += header
    out += im.tar(evil.alpine())
    return str(evil.layout(folder, im.Layer(raw=bytes(out))).path)


EVIL = Evil(
    id="million_members",
    attack="A layer of a million members: an object for each fills the memory, a scan of each observer the day.",
    make=make,
    expect=(0,),
    says=evil.FLAW,
    seconds=90.0,
)
