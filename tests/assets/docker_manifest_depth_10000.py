"""JSON that is nested 10,000 deep, in an archive's `manifest.json`."""

from pathlib import Path

import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    deep = b'[{"Config":"x","Layers":[],"Parent":' + b"[" * 10_000 + b"]" * 10_000 + b"}]"
    return str(im.pack(folder / "image.tar", [("manifest.json", deep)]))


EVIL = Evil(
    id="docker_manifest_depth_10000",
    attack="The manifest.json of an archive is nested 10,000 deep (CWE-674).",
    make=make,
    expect=(2,),
    says=r"manifest\.json .*cannot be read.*again",
)
