"""A file that claims a version of sparse files that does not exist."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    release, installed = evil.alpine()
    records = {"GNU.sparse.major": "2", "GNU.sparse.minor": "7", "GNU.sparse.realsize": "0", "GNU.sparse.name": "usr/share/doc/x"}
    return evil.archive(folder, [release, im.file(installed.path, installed.data, pax=records)])


EVIL = Evil(
    id="tar_sparse_version",
    attack="A file says that it is sparse, of a version that does not exist: an empty file to one reader, its bytes to another (GNU tar manual).",
    make=make,
    expect=(0,),
    says=evil.FLAW,
)
