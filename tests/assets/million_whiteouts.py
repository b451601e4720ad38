"""Two layers of 100,000 whiteouts with long names."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    many = [evil.headers(b"%s/.wh.%0200d" % (name, number) for number in range(100_000)) for name in (b"d", b"e")]
    return str(evil.layout(folder, evil.alpine(), *(im.Layer(raw=one + bytes(1024)) for one in many)).path)


EVIL = Evil(
    id="million_whiteouts",
    attack="Hundreds of thousands of whiteouts of long names hide nothing and fill the memory.",
    make=make,
    expect=(0, 3),
    says=evil.FLAW,
    seconds=40.0,
)
