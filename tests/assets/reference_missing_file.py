"""A path that does not exist."""

from pathlib import Path

from evil import Evil


def make(folder: Path) -> str:
    return f"{folder}/none.tar"


EVIL = Evil(
    id="reference_missing_file",
    attack="A path that does not exist is asked for at a registry, or is an image without findings.",
    make=make,
    expect=(2,),
    says=r"no file or folder.*Check the path",
)
