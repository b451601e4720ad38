"""A mirror whose index names other digests than its files have."""

import json
from pathlib import Path

import evil
from evil import Evil, Given


def make(folder: Path) -> Given:
    mirror = evil.mirror(folder / "mirror")
    index = json.loads((mirror / "index.json").read_text())
    for entry in index["partitions"]:
        entry["sha256"] = "0" * 64
    (mirror / "index.json").write_text(json.dumps(index))
    return Given(evil.archive(folder, evil.alpine()), feeds=str(mirror))


EVIL = Evil(
    id="mirror_lies",
    attack="The files of a mirror were changed after its index was made.",
    make=make,
    expect=(3,),
    says=r"advisories alpine-secdb:v3\.18/main are missing:.*sha256.*→",
)
