"""One instruction of several megabytes, made to be slow to redact."""

import json
from pathlib import Path

import evil
import image_maker as im
from evil import Evil

PIECES = (
    'password="\\',
    "--token '",
    "://a:",
    "curl -u ",
    "eyJaaaaaaaa.",
    "-----BEGIN PRIVATE KEY-----",
    "ENV a ",
    "a" * 500 + "_",
    "authorization: bearer ",
)


def make(folder: Path) -> str:
    layer = im.Layer(evil.alpine())
    config = json.loads(im.make_config([layer]))
    config["history"] = [{"created_by": "COPY . ."}, *({"created_by": piece * (150_000 // len(piece)), "empty_layer": True} for piece in PIECES)]
    config["config"] = {"User": "65532", "Env": [f"A{n}={piece * (150_000 // len(piece))}" for n, piece in enumerate(PIECES)]}
    return evil.archive(folder, layer, raw_config=json.dumps(config).encode())


EVIL = Evil(
    id="redaction_slow",
    attack="An instruction of 150,000 characters makes an expression that hides secrets backtrack for hours (CWE-1333).",
    make=make,
    expect=(0, 3),
    says=evil.FLAW,
)
