"""A data directory on a read-only mount (mounting takes root)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import evil
from evil import Evil, Given


@contextmanager
def make(folder: Path) -> Iterator[Given]:
    with evil.mounted(folder.parent / "around" / "data", "ro,size=1m") as data:
        yield Given(evil.archive(folder, evil.alpine()), data=data)


EVIL = Evil(
    id="data_read_only",
    attack="The data directory is mounted read-only, as in a hardened container.",
    make=make,
    expect=(2,),
    says=r"data directory .* cannot be used.*--data",
)
