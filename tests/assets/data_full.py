"""A data directory on a disk that is full (mounting takes root)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import evil
from evil import Evil, Given


@contextmanager
def make(folder: Path) -> Iterator[Given]:
    with evil.mounted(folder.parent / "around" / "data", "size=64k") as data:
        yield Given(evil.archive(folder, evil.alpine()), data=data)


EVIL = Evil(
    id="data_full",
    attack="The disk of the data directory is full.",
    make=make,
    expect=(2,),
    says=r"full.*(--data|room)",
)
