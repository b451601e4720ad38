"""A mirror whose advisories are an empty list."""

from pathlib import Path

import evil
from evil import Evil, Given


def make(folder: Path) -> Given:
    return Given(evil.archive(folder, evil.alpine()), feeds=str(evil.mirror(folder / "mirror", alpine_secdb=b'{"packages": []}')))


EVIL = Evil(
    id="feed_empty",
    attack="A feed that lost its records says that nothing has flaws.",
    make=make,
    expect=(3,),
    says=r"advisories alpine-secdb:v3\.18/main are missing:.*no record.*→",
)
