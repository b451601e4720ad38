"""A mirror with a record of 2 GiB."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil, Given


def make(folder: Path) -> Given:
    bomb = evil.zipped({"GHSA-bomb.json": bytes(512 << 20)})
    package = im.file("app/node_modules/evil/package.json", '{"name":"evil","version":"1.0.0"}')
    return Given(evil.archive(folder, [*evil.alpine(), package]), feeds=str(evil.mirror(folder / "mirror", osv=bomb)))


EVIL = Evil(
    id="feed_zip_bomb",
    attack="One record of a zip of advisories unpacks to half a gigabyte (CWE-409).",
    make=make,
    expect=(3,),
    says=r"advisories osv:npm are missing:.*→",
)
