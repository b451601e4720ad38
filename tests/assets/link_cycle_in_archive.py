"""An archive whose layer is a link to itself."""

import json
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    config = im.make_config([im.Layer(evil.alpine())])
    name = im.digest(config).removeprefix("sha256:") + ".json"
    manifest = [{"Config": name, "RepoTags": ["app:1"], "Layers": ["a/layer.tar"]}]
    links = [("a/layer.tar", "../b/layer.tar"), ("b/layer.tar", "../a/layer.tar")]
    return str(im.pack(folder / "image.tar", [(name, config), *links, ("manifest.json", json.dumps(manifest).encode())]))


EVIL = Evil(
    id="link_cycle_in_archive",
    attack="Two layers of an archive are links to each other and are followed for ever.",
    make=make,
    expect=(2,),
    says=r"link that never ends.*again",
)
