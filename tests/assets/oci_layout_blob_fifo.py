"""A layout in which a blob is a fifo."""

import os
from pathlib import Path

import evil
from evil import Evil


def make(folder: Path) -> str:
    made = evil.layout(folder, evil.alpine())
    path = evil.blob(made, made.blobs[0])
    path.unlink()
    os.mkfifo(path)
    return str(made.path)


EVIL = Evil(
    id="oci_layout_blob_fifo",
    attack="A blob of a layout is a fifo that nobody writes: opening it hangs.",
    make=make,
    expect=(2,),
    says=r"no regular file.*again",
)
