"""Layers whose Zstandard frames ask for a window of 2 GiB each."""

from pathlib import Path

import evil
import image_maker as im
from backports import zstd
from evil import Evil


def make(folder: Path) -> str:
    layers = [im.Layer([*evil.alpine(), im.file("n", str(number))]) for number in range(4)]
    options = {zstd.CompressionParameter.window_log: 31, zstd.CompressionParameter.enable_long_distance_matching: 1}
    stored = []
    for layer in layers:
        compressor = zstd.ZstdCompressor(options=options)
        stored.append(compressor.compress(layer.tar) + compressor.flush())  # the size is not told, so the window is
    return str(evil.raw_layout(folder, layers=stored, config=im.make_config(layers, config={"User": "65532"})))


EVIL = Evil(
    id="zstd_window_bomb",
    attack="A Zstandard frame of some bytes has its reader allocate a window of 2 GiB (RFC 8878, 3.1.1.1.2: beyond 8 MiB a decoder may refuse).",
    make=make,
    expect=(2,),
    says=r"cannot be decompressed \(zstd\).*again",
)
