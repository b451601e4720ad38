"""A jar that unpacks to gigabytes."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    jar = evil.zipped({f"META-INF/maven/g/a{n}/pom.xml": bytes(64 << 20) for n in range(4)})
    return evil.archive(folder, evil.alpine(), [im.file("app/bomb.jar", jar)])


EVIL = Evil(
    id="zip_bomb",
    attack="A jar of some kilobytes unpacks to gigabytes (CWE-409).",
    make=make,
    expect=(3,),
    says=r"declares 268435456 bytes in \d+: more than 200 times its size \(app/bomb\.jar\).*→",
)
