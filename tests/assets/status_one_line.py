"""A dpkg `status` of one line of 60 MiB."""

from pathlib import Path

import evil
from evil import Evil


def make(folder: Path) -> str:
    return evil.archive(folder, evil.debian(b"Package: evil\nStatus: install ok installed\nVersion: " + b"9" * (60 << 20) + b"\n\n"))


EVIL = Evil(
    id="status_one_line",
    attack="A version of 60 million digits keeps an order of versions busy for hours (CVE-2020-10735 is that for int()).",
    make=make,
    expect=(3,),
    says=r"version.*→",
    mebibytes=500,
)
