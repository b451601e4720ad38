"""A registry that gives another manifest than was asked for by digest."""

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
    asked = blobs.put_image([im.Layer(evil.alpine())])["digest"]
    other = blobs.put_image([im.Layer(evil.alpine(("implant", "1.0-r0")))])["digest"]
    blobs[asked] = blobs[other]
    with Simulated(blobs, {}).running() as host:
        yield f"{host}/app@{asked}"


EVIL = Evil(
    id="registry_other_manifest",
    attack="A registry gives another manifest than the digest that was asked for.",
    make=make,
    expect=(2,),
    says=r"not what its digest says.*again",
)
