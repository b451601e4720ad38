"""A manifest that is not what its name says."""

from pathlib import Path

import evil
from evil import Evil


def make(folder: Path) -> str:
    made = evil.layout(folder, evil.alpine())
    assert made.manifest
    path = evil.blob(made, made.manifest)
    path.write_bytes(path.read_bytes() + b" ")
    return str(made.path)


EVIL = Evil(
    id="wrong_manifest_digest",
    attack="The manifest was changed after its digest was pinned.",
    make=make,
    expect=(2,),
    says=r"manifest sha256:\w+ is not what its digest says.*again",
)
