"""A history of 4,000 instructions, each made to be slow to redact."""

import json
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    layer = im.Layer(evil.alpine())
    config = json.loads(im.make_config([layer]))
    slow = "curl -u " + 'password=\\"' * 40 + " --token" + " " * 60 + "eyJ" * 30 + "://" * 20
    config["history"] = [{"created_by": "COPY . ."}, *({"created_by": slow, "empty_layer": True} for _ in range(4_000))]
    return evil.archive(folder, layer, raw_config=json.dumps(config).encode())


EVIL = Evil(
    id="history_flood",
    attack="A history of 4,000 instructions keeps the expressions that hide secrets busy for hours (CWE-1333).",
    make=make,
    expect=(0, 3),
    says=evil.FLAW,
)
