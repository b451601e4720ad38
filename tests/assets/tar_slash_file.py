"""Files whose names end in a slash."""

import tarfile
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    out = b""
    for entry in evil.alpine():
        header = bytearray(im.tar([entry], dialect=tarfile.USTAR_FORMAT)[: 512 + -(-len(entry.data) // 512) * 512])
        header[len(entry.path)] = ord("/")
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header[:512])
        out += bytes(header)
    return evil.archive(folder, im.Layer(raw=out + bytes(1024)))


EVIL = Evil(
    id="tar_slash_file",
    attack="A file's name ends in a slash: a folder to one reader, a file to engines (only the type flag NUL meant a folder by its slash).",
    make=make,
    expect=(0,),
    says=evil.FLAW,
)
