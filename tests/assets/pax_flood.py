"""A hundred headers for all members that follow, of a megabyte each."""

import tarfile
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    headers = [tarfile.TarInfo.create_pax_global_header({f"EVIL.{number}.{n}": "x" * 40 for n in range(15_000)}) for number in range(6)]
    many = evil.headers(b"d/%07d" % number for number in range(50_000))
    return str(evil.layout(folder, im.Layer(raw=b"".join(headers) * 10 + many + im.tar(evil.alpine()))).path)


EVIL = Evil(
    id="pax_flood",
    attack='Headers for all members are kept for all members: megabytes that are copied for each of 50,000 (POSIX pax, "g").',
    make=make,
    expect=(0,),
    says=evil.FLAW,
)
