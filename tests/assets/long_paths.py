"""30,000 members with paths of 4,000 bytes."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    prefix = "/".join(["d" * 200] * 19)
    many = evil.headers(f"{prefix}/{number:08d}".encode() for number in range(30_000))
    return str(evil.layout(folder, evil.alpine(), im.Layer(raw=many + bytes(1024))).path)


EVIL = Evil(
    id="long_paths",
    attack="Members with paths of 4,000 bytes: few enough to be counted harmless, and 120 MiB of names.",
    make=make,
    expect=(0,),
    says=evil.FLAW,
    seconds=40.0,
)
