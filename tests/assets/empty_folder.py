"""A folder without anything."""

from pathlib import Path

from evil import Evil


def make(folder: Path) -> str:
    (folder / "rootfs").mkdir()
    return str(folder / "rootfs")


EVIL = Evil(
    id="empty_folder",
    attack="A mount that failed leaves an empty folder, which has no findings.",
    make=make,
    expect=(2,),
    says=r"is empty.*Check the path",
)
