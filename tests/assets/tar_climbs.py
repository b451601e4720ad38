"""Members whose paths climb out of the root."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    return evil.archive(
        folder,
        evil.alpine(),
        [
            im.file("../../../../../../tmp/pratique-evil", b"x"),
            im.file("/tmp/pratique-evil-absolute", b"x"),
            im.file("a/../../../../../../../tmp/pratique-evil-later", b"x"),
            im.symlink("out", "/tmp"),
            im.file("out/pratique-evil-through-a-link", b"x"),
        ],
    )


EVIL = Evil(
    id="tar_climbs",
    attack="Members named `../../x`, and one below a symbolic link that leads out, are written outside of the root (CWE-22, CVE-2018-1002204).",
    make=make,
    expect=(3,),
    says=r"climbs out of the root: \.\./.*→",
)
