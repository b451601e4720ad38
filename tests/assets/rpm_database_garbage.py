"""Three RPM databases that are none."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil

RELEASE = 'ID="almalinux"\nNAME="AlmaLinux"\nVERSION_ID="9.3"\nPRETTY_NAME="AlmaLinux 9.3"\n'


def make(folder: Path) -> str:
    noise = bytes((7 * n * n + 3 * n) % 251 for n in range(40_000))
    berkeley = bytearray(8192)
    berkeley[12:16] = (0x00061561).to_bytes(4, "little")
    return evil.archive(
        folder,
        [
            im.file("etc/os-release", RELEASE),
            im.file("var/lib/rpm/rpmdb.sqlite", b"SQLite format 3\0" + noise),
            im.file("usr/lib/sysimage/rpm/Packages.db", b"RpmP" + noise),
            im.file("var/lib/rpm/Packages", bytes(berkeley) + noise),
        ],
    )


EVIL = Evil(
    id="rpm_database_garbage",
    attack="RPM databases that begin as such and go on with noise are databases without packages.",
    make=make,
    expect=(3,),
    says=r"layer 0: .*rpmdb\.sqlite.*→",
)
