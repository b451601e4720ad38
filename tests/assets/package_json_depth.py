"""A package.json nested 10,000 deep."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    deep = b'{"name":"deep","version":"1.0.0","x":' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    bad = b"{" * 10_000
    return evil.archive(
        folder, evil.alpine(), [im.file("app/node_modules/deep/package.json", deep), im.file("app/node_modules/bad/package.json", bad)]
    )


EVIL = Evil(
    id="package_json_depth",
    attack="A package.json nested 10,000 deep exhausts the stack of a recursive parser (CWE-674).",
    make=make,
    expect=(3,),
    says=r"node_modules/(bad|deep)/package\.json.*→",
)
