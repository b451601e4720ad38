"""A distribution of which no feed speaks."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    release = 'ID=evilos\nID_LIKE=debian\nNAME="Evil OS"\nVERSION_ID="1"\n'
    return evil.archive(folder, [im.file("etc/os-release", release), im.file("var/lib/dpkg/status", evil.deb("evil", "1.0-1"))])


EVIL = Evil(
    id="distribution_unknown",
    attack="An image renames its distribution, so that no advisory speaks of its packages (os-release(5)).",
    make=make,
    expect=(3,),
    says=r"(?i)evil os|evilos.*→",
)
