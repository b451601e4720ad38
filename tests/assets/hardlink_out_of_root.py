"""A hard link to a file outside of the root, in the place of the package database."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    return evil.archive(
        folder,
        [im.file("etc/os-release", evil.OS_RELEASE), im.hardlink("lib/apk/db/installed", "../../../../../../../etc/passwd")],
    )


EVIL = Evil(
    id="hardlink_out_of_root",
    attack="A hard link leads out of the root, so that a file of this machine is read or written through it (CVE-2016-6321 and its like).",
    make=make,
    expect=(3,),
    says=r"climbs out of the root.*→",
    never="root:x",
)
