"""A folder that is no mirror."""

from pathlib import Path

import evil
from evil import Evil, Given


def make(folder: Path) -> Given:
    (folder / "mirror").mkdir()
    return Given(evil.archive(folder, evil.alpine()), feeds=str(folder / "mirror"))


EVIL = Evil(
    id="mirror_no_mirror",
    attack="A mirror that was not mounted knows no flaws.",
    make=make,
    expect=(2,),
    says=r"no mirror: it has no index\.json.*Give",
)
