"""A file of no bytes."""

from pathlib import Path

from evil import Evil


def make(folder: Path) -> str:
    (folder / "image.tar").write_bytes(b"")
    return str(folder / "image.tar")


EVIL = Evil(
    id="empty_file",
    attack="A download that never began is an image without packages.",
    make=make,
    expect=(2,),
    says=r"(empty|no tar archive).*docker save",
)
