"""A reference that names nothing."""

from pathlib import Path

from evil import Evil


def make(folder: Path) -> str:
    return "UPPER/case:tag:tag@sha256:short\x1b[2J"


EVIL = Evil(
    id="reference_invalid",
    attack="A reference that is none, with a terminal command in it, is quoted in the error as it is.",
    make=make,
    expect=(2,),
    says=r"\\x1b\[2J",
)
