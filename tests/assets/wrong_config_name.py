"""A configuration whose name is the digest of another one."""

import json
from pathlib import Path

import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    name = f"{'0' * 64}.json"
    members = {name: im.make_config([]), "manifest.json": json.dumps([{"Config": name, "RepoTags": ["app:1"], "Layers": []}]).encode()}
    return str(im.pack(folder / "image.tar", members.items()))


EVIL = Evil(
    id="wrong_config_name",
    attack="An archive gives a configuration under the digest of another image.",
    make=make,
    expect=(2,),
    says=r"not what its name says.*again",
)
