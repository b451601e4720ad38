"""A jar whose directory and local headers name different entries."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    jar = evil.zipped({"META-INF/maven/g/evil/pom.properties": b"groupId=g\nartifactId=evil\nversion=1\n"})
    jar = jar.replace(b"g/evil", b"g/safe", 1)
    return evil.archive(folder, evil.alpine(), [im.file("app/lies.jar", jar)])


EVIL = Evil(
    id="jar_lies",
    attack="The local header of a jar's entry names another one than its directory (APPNOTE.TXT 4.3.7): one reader takes this name, one that.",
    make=make,
    expect=(3,),
    says=r"another name in its local header.*→",
)
