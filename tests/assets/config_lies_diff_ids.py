"""The configuration names another layer than the archive holds."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    shown = im.Layer(evil.alpine())
    true = im.Layer([*evil.alpine(), im.file("usr/bin/implant", b"\x7fELF")])
    config = im.make_config([shown])
    return evil.archive(folder, true, raw_config=config)


EVIL = Evil(
    id="config_lies_diff_ids",
    attack='The configuration claims the diff ID of a clean, known layer for other bytes (OCI image-spec config.md, "rootfs.diff_ids").',
    make=make,
    expect=(2,),
    says=r"not what its digest says: sha256:\w+ was expected.*altered",
)
