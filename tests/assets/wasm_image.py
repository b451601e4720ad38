"""A WebAssembly module in an image."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    return evil.archive(folder, [im.file("app.wasm", b"\0asm\1\0\0\0")], platform="wasip1/wasm")


EVIL = Evil(
    id="wasm_image",
    attack="A WebAssembly module in an image is said to have no findings.",
    make=make,
    expect=(2,),
    says=r"WebAssembly.* Linux",
)
