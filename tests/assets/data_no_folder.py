"""A data directory below a file."""

from pathlib import Path

import evil
from evil import Evil, Given


def make(folder: Path) -> Given:
    (folder / "file").write_bytes(b"")
    return Given(evil.archive(folder, evil.alpine()), data=folder / "file" / "data")


EVIL = Evil(
    id="data_no_folder",
    attack="The data directory cannot be made.",
    make=make,
    expect=(2,),
    says=r"data directory .* cannot be used: .*--data",
)
