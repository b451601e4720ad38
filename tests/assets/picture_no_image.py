"""A PNG picture."""

from pathlib import Path

from evil import Evil


def make(folder: Path) -> str:
    (folder / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89" + bytes(2048))
    return str(folder / "image.png")


EVIL = Evil(
    id="picture_no_image",
    attack="A file that is called an image, and is one, but no container's.",
    make=make,
    expect=(2,),
    says=r"no tar archive.*docker save",
)
