"""A document that is an index and a manifest at once."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    return str(evil.raw_layout(folder, layers=[im.Layer(evil.alpine()).tar], manifests=[]))


EVIL = Evil(
    id="index_and_manifest",
    attack="One document is an index to one reader and a manifest to another (CVE-2021-41190, GHSA-77vh-xpmg-72qh).",
    make=make,
    expect=(2,),
    says=r"index and a manifest at once.*Do not trust",
)
