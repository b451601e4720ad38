"""4,000 hard links that are called package.json, among 200,000 members."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    files = [im.file(f"store/{n}", f'{{"name":"evil{n}","version":"1.0.0"}}') for n in range(4_000)]
    links = [im.hardlink(f"app/node_modules/evil{n}/package.json", f"store/{n}") for n in range(4_000)]
    many = evil.headers(b"store/%02d/%06d" % (number % 100, number) for number in range(200_000))
    return evil.archive(folder, evil.alpine(), im.Layer(raw=im.tar(files)[: 1024 * len(files)] + many + im.tar(links)))


EVIL = Evil(
    id="hardlink_flood",
    attack="Thousands of wanted files are hard links, and the layer is read once more for each of them (it is how pnpm installs, too).",
    make=make,
    expect=(0,),
    says=r"4001: 4000 npm, 1 apk",
)
