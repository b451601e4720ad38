"""An os-release of control characters, endless lines and no end."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    text = 'ID=alpine\nPRETTY_NAME="\x1b[2J' + "A" * 60_000 + '"\nVERSION_ID=' + "9" * 5_000 + "\n" + 'X="' + "\\" * 100_000
    return evil.archive(
        folder,
        [
            im.file("etc/os-release", text),
            im.file("lib/apk/db/installed", evil.apk("musl", "1.2.4-r0")),
            im.file("rootfs/etc/os-release", b"ID=debian\n" * 200_000),
            im.file("rootfs/var/lib/dpkg/status", evil.deb("evil", "1.0-1")),
        ],
    )


EVIL = Evil(
    id="os_release_hostile",
    attack="An os-release with terminal commands, a name of 60,000 letters, a release that is none, and one that is too long to be read.",
    make=make,
    expect=(3,),
    says=r"rootfs/etc/os-release.*→",
)
