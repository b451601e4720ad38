"""A jar within a jar, 40 deep."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    jar = evil.zipped({"META-INF/maven/g/deep/pom.properties": b"groupId=g\nartifactId=deep\nversion=1\n"})
    for _ in range(40):
        jar = evil.zipped({"inner.jar": jar})
    return evil.archive(folder, evil.alpine(), [im.file("app/nested.jar", jar)])


EVIL = Evil(
    id="jar_nested",
    attack="A jar within a jar within a jar, 40 deep, exhausts the stack of a recursive reader.",
    make=make,
    expect=(3,),
    says=r"archives within archives, deeper than \d+ \(app/nested\.jar!.*→",
)
