"""An advisory database that is noise."""

from pathlib import Path

import evil
from evil import Evil, Given


def make(folder: Path) -> Given:
    data = folder.parent / "around" / "data"
    data.mkdir(parents=True)
    (data / "advisories.sqlite").write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 100)
    return Given(evil.archive(folder, evil.alpine()), data=data)


EVIL = Evil(
    id="advisories_damaged",
    attack="The advisory database is damaged: its faults end the scan, or its holes are flaws that nobody knows.",
    make=make,
    expect=(0,),
    says=evil.FLAW + r".*damaged.*moved to",
)
