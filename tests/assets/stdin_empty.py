"""Nothing comes through the pipe."""

from pathlib import Path

from evil import Evil, Given


def make(folder: Path) -> Given:
    (folder / "nothing").write_bytes(b"")
    return Given("-", stdin=folder / "nothing")


EVIL = Evil(
    id="stdin_empty",
    attack="`docker save` fails before its first byte in `docker save | pratique scan -`.",
    make=make,
    expect=(2,),
    says=r"(empty|no tar archive).*docker save",
)
