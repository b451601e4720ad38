"""The compressed archive ends within its stream."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    path = folder / "image.tar.gz"
    im.make_docker_archive(path, [im.Layer(evil.alpine())], outer="gzip")
    path.write_bytes(path.read_bytes()[:-200])
    return str(path)


EVIL = Evil(
    id="archive_gzip_truncated",
    attack="A compressed archive that broke off (RFC 1952: no trailer) is scanned as far as it goes.",
    make=make,
    expect=(2,),
    says=r"ends in the middle of its gzip stream.* again",
)
