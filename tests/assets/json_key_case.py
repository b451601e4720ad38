"""A manifest with `layers` and `Layers`."""

import json
from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    other = im.Blobs().put(im.Layer(evil.alpine(("implant", "1.0-r0"))).tar, im.OCI_LAYER)
    return str(evil.raw_layout(folder, layers=[im.Layer(evil.alpine()).tar], Layers=[json.loads(json.dumps(other))]))


EVIL = Evil(
    id="json_key_case",
    attack="`Layers` beside `layers`: Go's decoders take either, others only one (CVE-2019-16884 was found that way).",
    make=make,
    expect=(2,),
    says=r"'Layers' where the specification has 'layers'.*Do not trust",
)
