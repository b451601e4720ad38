"""A dpkg `status` that is no text."""

from pathlib import Path

import evil
from evil import Evil


def make(folder: Path) -> str:
    return evil.archive(folder, evil.debian(bytes(range(256)) * 1000))


EVIL = Evil(
    id="status_garbage",
    attack="A dpkg database that is noise is a database without packages.",
    make=make,
    expect=(3,),
    says=r"var/lib/dpkg/status.*→",
)
