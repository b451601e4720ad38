"""The package database twice in one layer."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    clean = im.file("lib/apk/db/installed", evil.apk("shown", "1.0-r0"))
    return evil.archive(
        folder, [clean, *evil.alpine(), im.file("./lib//apk/db/installed", evil.apk("musl", "1.2.4-r0") + evil.apk("last", "1.0-r0"))]
    )


EVIL = Evil(
    id="duplicate_members",
    attack="A layer has the package database three times: a scanner reads the first, the engine keeps the last (OCI image-spec layer.md: a set).",
    make=make,
    expect=(0,),
    says=evil.FLAW + ".*more than once; the last of each counts",
    never="shown",
)
