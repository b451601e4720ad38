"""A whiteout in the very layer that brings the database."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    return evil.archive(folder, [im.opaque(""), *evil.alpine(), im.whiteout("lib/apk/db/installed"), im.whiteout("lib"), im.opaque("lib/apk/db")])


EVIL = Evil(
    id="whiteout_beside",
    attack="Whiteouts beside what they name hide it from a scanner, but not from an engine (OCI image-spec layer.md: lower layers only).",
    make=make,
    expect=(0,),
    says=evil.FLAW,
)
