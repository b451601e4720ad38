"""A blob that is not what its name says."""

from pathlib import Path

import evil
from evil import Evil


def make(folder: Path) -> str:
    made = evil.layout(folder, evil.alpine())
    other = evil.layout(folder / "other", evil.alpine(("implant", "1.0-r0")))
    evil.blob(made, made.blobs[0]).write_bytes(evil.blob(other, other.blobs[0]).read_bytes())
    return str(made.path)


EVIL = Evil(
    id="wrong_blob_digest",
    attack='A layer in the store was replaced under its old name (OCI image-spec descriptor.md, "Verification").',
    make=make,
    expect=(2,),
    says=r"(not what its digest says|more bytes than|ends after).*again",
)
