"""A manifest of Docker's first schema."""

import json
from pathlib import Path

import evil
from evil import Evil


def make(folder: Path) -> str:
    manifest = {"schemaVersion": 1, "name": "app", "tag": "1", "fsLayers": [{"blobSum": "sha256:" + "0" * 64}], "history": []}
    return str(evil.raw_layout(folder, json.dumps(manifest).encode()))


EVIL = Evil(
    id="schema_1_manifest",
    attack="A manifest of Docker's first schema, whose digests do not cover the configuration, is believed.",
    make=make,
    expect=(2,),
    says=r"schema 1 manifest.*Push the image again",
)
