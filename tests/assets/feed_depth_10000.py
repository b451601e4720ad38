"""A mirror whose advisories are nested 10,000 deep."""

from pathlib import Path

import evil
from evil import Evil, Given


def make(folder: Path) -> Given:
    deep = b'{"packages":[{"pkg":' + b"[" * 10_000 + b"]" * 10_000 + b"}]}"
    return Given(evil.archive(folder, evil.alpine()), feeds=str(evil.mirror(folder / "mirror", alpine_secdb=deep)))


EVIL = Evil(
    id="feed_depth_10000",
    attack="Advisories nested 10,000 deep exhaust the stack of a recursive parser (CWE-674).",
    make=make,
    expect=(3,),
    says=r"advisories alpine-secdb:v3\.18/main are missing:.*→",
)
