"""A mirror whose zip broke off."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil, Given


def make(folder: Path) -> Given:
    members = {f"GHSA-{n}.json": b'{"id":"x"}' * 50 for n in range(20)}
    cut = evil.zipped(members)[:-40]
    package = im.file("app/node_modules/evil/package.json", '{"name":"evil","version":"1.0.0"}')
    return Given(evil.archive(folder, [*evil.alpine(), package]), feeds=str(evil.mirror(folder / "mirror", osv=cut)))


EVIL = Evil(
    id="feed_truncated_zip",
    attack="A zip of advisories that broke off gives those that came first, and the rest are no flaws.",
    make=make,
    expect=(3,),
    says=r"advisories osv:npm are missing: the zip is damaged.*→",
)
