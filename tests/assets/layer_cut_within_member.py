"""A plain layer that ends within a member; all digests are right."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    whole = im.tar([*evil.alpine(), im.file("usr/lib/big", bytes(4096)), im.file("usr/lib/hidden", b"x")])
    return evil.archive(folder, im.Layer(raw=whole[: whole.index(b"usr/lib/big") + 1024]))


EVIL = Evil(
    id="layer_cut_within_member",
    attack='A layer was made from a broken tar: its digests are right, but what lay behind the break is not there (POSIX pax, "ustar").',
    make=make,
    expect=(3,),
    says=r"layer 0: the archive ends \d+ bytes before the end of a member.* build or pull",
)
