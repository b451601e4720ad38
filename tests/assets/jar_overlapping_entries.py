"""A jar whose entries share their bytes."""

import struct
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    jar = bytearray(evil.zipped({f"META-INF/maven/g/a{n}/pom.properties": b"version=1\n" * 200 for n in range(50)}))
    first = jar.index(b"PK\x01\x02")
    at = first
    while (at := jar.find(b"PK\x01\x02", at)) >= 0:
        jar[at + 42 : at + 46] = struct.pack("<L", 0)  # every entry begins where the first one does
        at += 4
    return evil.archive(folder, evil.alpine(), [im.file("app/overlap.jar", bytes(jar))])


EVIL = Evil(
    id="jar_overlapping_entries",
    attack='The entries of a jar overlap, so that one kernel of bytes serves them all (Fifield, "A better zip bomb", 2019; CVE-2019-13232).',
    make=make,
    expect=(3,),
    says=r"overlaps another one \(app/overlap\.jar\).*→",
)
