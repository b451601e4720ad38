"""A layout in which a blob is a symbolic link to a file of this machine."""

from pathlib import Path

import evil
from evil import Evil


def make(folder: Path) -> str:
    made = evil.layout(folder, evil.alpine())
    path = evil.blob(made, made.blobs[0])
    path.rename(folder / "outside")
    path.symlink_to(folder / "outside")
    return str(made.path)


EVIL = Evil(
    id="oci_layout_blob_symlink",
    attack="A blob of a layout is a symbolic link out of it, to have a file of this machine read (CWE-59).",
    make=make,
    expect=(2,),
    says=r"link that leaves the folder.*Copy",
)
