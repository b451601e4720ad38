"""Members with a GNU long name and a pax path, and with two pax paths."""

import tarfile
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def extended(path: str) -> bytes:
    """Return a pax header that names the next member."""
    return im.tar([im.file("x", pax={"path": path, "comment": "c"})])[:1024]


def make(folder: Path) -> str:
    release, installed = evil.alpine()
    long_name = evil.headers([b"lib/apk/db/installed".ljust(101, b"/")])[:1024]
    body = im.tar([im.Entry("short", installed.data)], dialect=tarfile.GNU_FORMAT)
    two = extended("usr/share/doc/first") + im.tar([im.file("etc/os-release", release.data, pax={"comment": "no path"})])[: 3 * 512 + 512]
    return evil.archive(folder, im.Layer(raw=two + long_name + extended("usr/share/doc/second") + body))


EVIL = Evil(
    id="tar_two_names",
    attack="A member has a GNU long name and a pax path, or two pax headers: readers take different ones (Go's archive/tar: the long one, the last).",
    make=make,
    expect=(0,),
    says=evil.FLAW,
)
