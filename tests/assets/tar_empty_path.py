"""Members whose pax path is empty."""

import tarfile
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    out = b""
    for entry in evil.alpine():
        extended = b"8 path=\n13 linkpath=\n8 size=\n"
        header = im.tar([im.Entry("x", extended)], dialect=tarfile.USTAR_FORMAT)[:1024]
        out += flagged(header[:512], b"x") + header[512:]
        out += im.tar([entry], dialect=tarfile.USTAR_FORMAT)[: 512 + -(-len(entry.data) // 512) * 512]
    return evil.archive(folder, im.Layer(raw=out + bytes(1024)))


def flagged(header: bytes, flag: bytes) -> bytes:
    """Return a header with another type flag, its checksum mended."""
    changed = header[:148] + b" " * 8 + flag + header[157:]
    return changed[:148] + b"%06o\0 " % sum(changed) + changed[156:]


EVIL = Evil(
    id="tar_empty_path",
    attack="A pax header gives a member no name: one reader passes over it, another (Go's archive/tar) takes the header's own.",
    make=make,
    expect=(0,),
    says=evil.FLAW,
)
