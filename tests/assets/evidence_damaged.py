"""An evidence cache that is noise."""

from pathlib import Path

import evil
from evil import Evil, Given


def make(folder: Path) -> Given:
    data = folder.parent / "around" / "data"
    data.mkdir(parents=True)
    (data / "evidence.sqlite").write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 100)
    return Given(evil.archive(folder, evil.alpine()), data=data)


EVIL = Evil(
    id="evidence_damaged",
    attack="The evidence cache is damaged: its faults end the scan, or its holes are taken for layers without packages.",
    make=make,
    expect=(0,),
    says=evil.FLAW,
)
