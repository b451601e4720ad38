"""A mirror whose index names a file outside of it."""

import hashlib
import json
from pathlib import Path

import evil
from evil import Evil, Given


def make(folder: Path) -> Given:
    mirror = evil.mirror(folder / "mirror")
    index = json.loads((mirror / "index.json").read_text())
    for entry in index["partitions"]:
        entry.update(path="../../../../../../etc/passwd", sha256=hashlib.sha256(Path("/etc/passwd").read_bytes()).hexdigest())
    (mirror / "index.json").write_text(json.dumps(index))
    return Given(evil.archive(folder, evil.alpine()), feeds=str(mirror))


EVIL = Evil(
    id="mirror_climbs",
    attack="The index of a mirror names a file of this machine, to have it read and quoted (CWE-22).",
    make=make,
    expect=(2, 3),
    says=r"leads out of the mirror.*anew",
    never="root:",
)
