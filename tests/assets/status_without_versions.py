"""A dpkg `status` whose records have no version."""

from pathlib import Path

import evil
from evil import Evil


def make(folder: Path) -> str:
    record = "Package: lib{}\nStatus: install ok installed\nArchitecture: amd64\nDescription: none\n\n"
    return evil.archive(folder, evil.debian("".join(record.format(number) for number in range(50))))


EVIL = Evil(
    id="status_without_versions",
    attack="A dpkg database whose records have no versions is one without findings (deb-version(7)).",
    make=make,
    expect=(3,),
    says=r"version.*lib\d+.*→",
)
