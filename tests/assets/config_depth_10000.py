"""JSON that is nested 10,000 deep, in a part of the configuration that nobody reads."""

import json
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    layer = im.Layer(evil.alpine())
    config = json.loads(im.make_config([layer], config={"User": "65532", "Volumes": {"/data": "HERE"}}))
    deep = '{"a":' * 10_000 + "1" + "}" * 10_000
    return evil.archive(folder, layer, raw_config=json.dumps(config).replace('"HERE"', deep).encode())


EVIL = Evil(
    id="config_depth_10000",
    attack="JSON nested 10,000 deep stands where a decoder skips it, in a volume of the configuration (CWE-674).",
    make=make,
    expect=(2,),
    says=r"cannot be read.*again",
)
