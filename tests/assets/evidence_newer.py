"""An evidence cache of another version."""

import sqlite3
from pathlib import Path

import evil
from evil import Evil, Given


def make(folder: Path) -> Given:
    data = folder.parent / "around" / "data"
    data.mkdir(parents=True)
    db = sqlite3.connect(data / "evidence.sqlite")
    db.executescript("create table evidence (x); pragma user_version = 99")
    db.close()
    return Given(evil.archive(folder, evil.alpine()), data=data)


EVIL = Evil(
    id="evidence_newer",
    attack="The evidence cache was written by another version, whose tables are others.",
    make=make,
    expect=(0,),
    says=evil.FLAW,
)
