"""A manifest of 8 MiB."""

from pathlib import Path

import evil
from evil import Evil


def make(folder: Path) -> str:
    return str(evil.raw_layout(folder, b'{"schemaVersion":2,"config":{},"layers":[' + b" " * (8 << 20) + b"]}"))


EVIL = Evil(
    id="huge_manifest",
    attack='A manifest of many megabytes fills the memory of whoever reads it whole (OCI distribution-spec, "Pushing Manifests": 4 MiB).',
    make=make,
    expect=(2,),
    says=r"8388\d+ bytes; no more than 4194304 are read.*Check",
)
