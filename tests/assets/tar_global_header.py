"""A pax header for all members that follow, which renames them."""

import tarfile
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    header = tarfile.TarInfo.create_pax_global_header({"path": "usr/share/doc/nothing", "size": "0", "linkpath": "x"})
    return evil.archive(folder, im.Layer(raw=header + im.tar(evil.alpine())))


EVIL = Evil(
    id="tar_global_header",
    attack="A global pax header renames every member: Go's archive/tar, which engines use, gives it to nobody; other readers obey it (POSIX pax).",
    make=make,
    expect=(0,),
    says=evil.FLAW + ".*a header for all members that follow",
)
