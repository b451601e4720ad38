"""A jar without its end."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    jar = evil.zipped({"META-INF/maven/g/a/pom.properties": b"groupId=g\nartifactId=a\nversion=1\n", "A.class": bytes(range(256)) * 30})
    return evil.archive(folder, evil.alpine(), [im.file("app/cut.jar", jar[:-60])])


EVIL = Evil(
    id="jar_truncated",
    attack="A jar without its directory is passed over as one without entries.",
    make=make,
    expect=(3,),
    says=r"(no end of central directory|truncated)[^!]*\(app/cut\.jar\).*→",
)
