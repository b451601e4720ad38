"""The archive ends within a layer."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    path = Path(evil.archive(folder, [*evil.alpine(), im.file("big", bytes(range(256)) * 4096)]))
    path.write_bytes(path.read_bytes()[:600_000])
    return str(path)


EVIL = Evil(
    id="archive_truncated",
    attack="A download that broke off is scanned as far as it goes.",
    make=make,
    expect=(2,),
    says=r"cut off.* again",
)
