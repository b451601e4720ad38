"""An archive whose layer is a path of this machine."""

import json
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    layer = im.Layer(evil.alpine())
    config = im.make_config([layer])
    name = im.digest(config).removeprefix("sha256:") + ".json"
    manifest = [{"Config": name, "RepoTags": ["app:1"], "Layers": ["../../../../../../etc/passwd"]}]
    return str(im.pack(folder / "image.tar", [(name, config), ("manifest.json", json.dumps(manifest).encode())]))


EVIL = Evil(
    id="docker_archive_path_traversal",
    attack="The manifest.json of an archive names `../../etc/passwd` as its layer, to have it read (CWE-22).",
    make=make,
    expect=(2,),
    says=r"has no layer '\.\./.*again",
    never="root:",
)
