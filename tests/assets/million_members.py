"""A layer of a million files, and an Alpine behind them."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    many = evil.headers(b"d%03d/evil-member-of-a-million-%07d" % (number // 1000, number) for number in range(1_000_000))
    return str(evil.layout(folder, im.Layer(raw=many + im.tar(evil.alpine()))).path)


EVIL = Evil(
    id="million_members",
    attack="A layer of a million members: an object for each fills the memory, a scan of each observer the day.",
    make=make,
    expect=(0,),
    says=evil.FLAW,
    seconds=90.0,
)
