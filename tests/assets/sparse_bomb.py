"""A sparse file of 8 EiB in one kilobyte."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    size = 1 << 62
    records = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": f"{size - 1},1", "GNU.sparse.size": str(size)}
    return evil.archive(folder, evil.alpine(), [im.file("usr/lib/id_rsa", b"x", pax=records), im.file("after", b"x")])


EVIL = Evil(
    id="sparse_bomb",
    attack='A sparse file of some bytes expands to exabytes of zeros (GNU tar manual, "Storing Sparse Files"; CVE-2018-20482).',
    make=make,
    expect=(3,),
    says=r"limit-exceeded|reads files of up to|expand to more than 1 GiB of zeros",
)
