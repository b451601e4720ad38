"""A registry that gives another layer than the manifest names."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import evil
import image_maker as im
from evil import Evil
from parts_registry import Simulated


@contextmanager
def make(folder: Path) -> Iterator[str]:
    blobs = im.Blobs()
    layer = im.Layer(evil.alpine())
    image = blobs.put_image([layer])
    name = im.digest(im.compress(layer.tar, "gzip"))
    blobs[name] = blobs[name][:-1] + bytes([blobs[name][-1] ^ 1])
    with Simulated(blobs, {"app:1": image["digest"]}).running() as host:
        yield f"{host}/app:1"


EVIL = Evil(
    id="registry_wrong_digest",
    attack='A registry, or who sits between, gives another layer than the manifest names (OCI distribution-spec, "Pulling blobs").',
    make=make,
    expect=(2,),
    says=r"(not what its digest says|cannot be decompressed).*again",
)
