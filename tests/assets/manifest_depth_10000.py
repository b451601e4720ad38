"""JSON that is nested 10,000 deep, in a manifest."""

from pathlib import Path

import evil
from evil import Evil


def make(folder: Path) -> str:
    deep = b"[" * 10_000 + b"]" * 10_000
    return str(evil.raw_layout(folder, b'{"schemaVersion":2,"layers":' + deep + b',"config":{}}'))


EVIL = Evil(
    id="manifest_depth_10000",
    attack="JSON nested 10,000 deep exhausts the stack of a recursive parser (RFC 8259, 9; CWE-674).",
    make=make,
    expect=(2,),
    says=r"cannot be read.*again|no JSON object.*Check",
)
