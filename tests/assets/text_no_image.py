"""A Dockerfile in the place of an image."""

from pathlib import Path

from evil import Evil


def make(folder: Path) -> str:
    (folder / "Dockerfile").write_text("FROM alpine\nRUN apk add curl\n")
    return str(folder / "Dockerfile")


EVIL = Evil(
    id="text_no_image",
    attack="A text is scanned in the place of an image.",
    make=make,
    expect=(2,),
    says=r"no tar archive.*docker save",
)
