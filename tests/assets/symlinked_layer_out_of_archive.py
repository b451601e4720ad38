"""An archive whose layer is a symbolic link to a file of this machine."""

import json
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    layer = im.Layer(evil.alpine())
    (folder / "outside.tar").write_bytes(layer.tar)
    config = im.make_config([layer])
    name = im.digest(config).removeprefix("sha256:") + ".json"
    manifest = [{"Config": name, "RepoTags": ["app:1"], "Layers": ["0/layer.tar"]}]
    members = [(name, config), ("0/layer.tar", str(folder / "outside.tar")), ("manifest.json", json.dumps(manifest).encode())]
    return str(im.pack(folder / "image.tar", members))


EVIL = Evil(
    id="symlinked_layer_out_of_archive",
    attack="The layer of an archive is a symbolic link out of it, to have a file of this machine read (CVE-2015-1843 and its like).",
    make=make,
    expect=(2,),
    says=r"has no layer '0/layer\.tar'.*again",
)
