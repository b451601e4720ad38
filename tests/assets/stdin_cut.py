"""The archive comes through a pipe that breaks."""

from pathlib import Path

import evil
from evil import Evil, Given


def make(folder: Path) -> Given:
    path = Path(evil.archive(folder, evil.alpine()))
    path.write_bytes(path.read_bytes()[:3000])
    return Given("-", stdin=path)


EVIL = Evil(
    id="stdin_cut",
    attack="`docker save` dies in the middle of `docker save | pratique scan -`.",
    make=make,
    expect=(2,),
    says=r"cut off.* again",
)
