"""A layer of 2 GiB of zeros in 2 MiB."""

import gzip
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    member = gzip.compress(bytes(64 << 20), compresslevel=9, mtime=0)
    head = gzip.compress(im.tar([im.file("a", b"x" * 600)])[:1536], mtime=0)
    return str(evil.raw_layout(folder, layers=[head + member * 40], config=im.make_config([im.Layer(evil.alpine())])))


EVIL = Evil(
    id="gzip_bomb_layer",
    attack="A layer of some megabytes expands to as many gigabytes (CWE-409), in many gzip members so that no single one looks large.",
    make=make,
    expect=(2,),
    says=r"decompression bomb.*Do not run",
    seconds=40.0,
)
