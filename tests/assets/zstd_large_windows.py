"""Four layers of 200 MiB, whose Zstandard windows of 128 MiB are the largest that are allowed."""

from pathlib import Path

import evil
import image_maker as im
from backports import zstd
from evil import Evil


def make(folder: Path) -> str:
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.compression_level: 1}
    stored, layers = [], []
    for number in range(4):
        layer = im.Layer([*evil.alpine(), im.file(f"zeros{number}", bytes(160 << 20))])
        compressor = zstd.ZstdCompressor(options=options)
        stored.append(compressor.compress(layer.tar) + compressor.flush())
        layer.tar = b""
        layers.append(layer)
    return str(evil.raw_layout(folder, layers=stored, config=im.make_config(layers, config={"User": "65532"})))


EVIL = Evil(
    id="zstd_large_windows",
    attack="Several layers that are read at once each take the largest window that Zstandard's decoders allow: together more than the machine has.",
    make=make,
    expect=(0,),
    says=evil.FLAW,
    mebibytes=650,  # four at once, where there are four cores
)
