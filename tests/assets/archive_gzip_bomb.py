"""An archive of 2.5 GiB of zeros in 2.5 MiB."""

import gzip
from pathlib import Path

from evil import Evil


def make(folder: Path) -> str:
    path = folder / "image.tar.gz"
    path.write_bytes(gzip.compress(bytes(64 << 20), compresslevel=9, mtime=0) * 40)
    return str(path)


EVIL = Evil(
    id="archive_gzip_bomb",
    attack="A compressed archive fills the disk it is spooled to (CWE-409).",
    make=make,
    expect=(2,),
    says=r"decompression bomb.*Do not run",
    seconds=40.0,
)
