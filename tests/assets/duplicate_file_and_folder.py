"""The package database as a file, then in its place a folder."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    return evil.archive(folder, [*evil.alpine(), im.folder("lib/apk/db/installed"), im.file("lib/apk/db/installed/x", b"x")])


EVIL = Evil(
    id="duplicate_file_and_folder",
    attack="A member is a file first and a folder later: what an engine makes of it, and what a scanner reads, are two things.",
    make=make,
    expect=(3,),
    says=r"no package database.*→",
)
