"""An archive whose configuration is a path of this machine."""

import json
from pathlib import Path

import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    manifest = [{"Config": "/etc/passwd", "RepoTags": ["app:1"], "Layers": []}]
    return str(im.pack(folder / "image.tar", [("manifest.json", json.dumps(manifest).encode())]))


EVIL = Evil(
    id="docker_config_path_traversal",
    attack="The manifest.json of an archive names `/etc/passwd` as its configuration, to have it quoted in an error (CWE-22).",
    make=make,
    expect=(2,),
    says=r"has no configuration '/etc/passwd'.*again",
    never="root:",
)
