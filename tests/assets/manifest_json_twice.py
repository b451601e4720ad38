"""An archive with two `manifest.json`."""

import json
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    path = Path(evil.archive(folder, evil.alpine()))
    extra = im.tar([im.file("manifest.json", json.dumps([{"Config": "x", "Layers": []}]))])
    whole = path.read_bytes()
    path.write_bytes(extra[:1024] + whole)
    return str(path)


EVIL = Evil(
    id="manifest_json_twice",
    attack="An archive has two manifest.json: the scanner reads the first, the engine the last.",
    make=make,
    expect=(2,),
    says=r"manifest\.json more than once.*again",
)
