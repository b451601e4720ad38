"""A tar of a root file system: no image, for it has no manifest."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    (folder / "rootfs.tar").write_bytes(im.tar(evil.alpine()))
    return str(folder / "rootfs.tar")


EVIL = Evil(
    id="source_tar_no_image",
    attack="A tar that is no image archive (what `docker export` writes) is taken for an image without layers.",
    make=make,
    expect=(2,),
    says=r"holds no image.*dir:FOLDER",
)
