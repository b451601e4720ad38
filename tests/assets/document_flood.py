"""A layer of 700 os-release files of nearly 1 MiB each, in 3 MiB."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    body = b"#" * 1_000_000
    entries = [im.file(f"r{number}/etc/os-release", body) for number in range(700)]
    path = evil.layout(folder, evil.alpine(), entries).path
    return str(path)


EVIL = Evil(
    id="document_flood",
    attack="A layer of some megabytes holds hundreds of files that a scanner keeps whole, each below its own limit.",
    make=make,
    expect=(3,),
    says=r"more than \d+ MiB.*→",
)
