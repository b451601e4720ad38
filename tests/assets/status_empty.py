"""A dpkg `status` of no bytes."""

from pathlib import Path

import evil
from evil import Evil


def make(folder: Path) -> str:
    return evil.archive(folder, evil.debian(b""))


EVIL = Evil(
    id="status_empty",
    attack="An emptied dpkg database, in the only layer that has one, hides every package.",
    make=make,
    expect=(3,),
    says=r"Debian.*lists a package.*→",
)
