"""The package database is a hard link to noise, then a symbolic link to it."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    noise = bytes((7 * n * n + 3 * n) % 251 for n in range(20_000))
    return evil.archive(
        folder,
        [
            *evil.alpine(),
            im.file("opt/noise", b"SQLite format 3\0" + noise),
            im.hardlink("app/node_modules/bad/package.json", "opt/noise"),
            im.symlink("var/lib/rpm/rpmdb.sqlite", "/opt/noise"),
        ],
    )


EVIL = Evil(
    id="hardlink_to_garbage",
    attack="What cannot be read lies behind a link, where it is read a second time and its fault told to nobody.",
    make=make,
    expect=(3,),
    says=r"node_modules/bad/package\.json.*rpmdb\.sqlite|rpmdb\.sqlite.*node_modules/bad/package\.json",
)
