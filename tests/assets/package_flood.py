"""A dpkg `status` of 900,000 packages."""

from pathlib import Path

import evil
from evil import Evil


def make(folder: Path) -> str:
    status = "".join(f"Package: p{number}\nStatus: install ok installed\nVersion: 1\n\n" for number in range(900_000))
    return evil.archive(folder, evil.debian(status))


EVIL = Evil(
    id="package_flood",
    attack="A dpkg database of 900,000 packages within its size limit fills the memory with packages.",
    make=make,
    expect=(3,),
    says=r"more than 100000 packages.*→",
)
