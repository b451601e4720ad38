"""A dpkg `status` whose names and versions have a million letters."""

from pathlib import Path

import evil
from evil import Evil


def make(folder: Path) -> str:
    record = "Package: {0}\nStatus: install ok installed\nVersion: 1.0-1\nSource: {0}\nDepends: {1}\nMaintainer: {0}\n\n"
    return evil.archive(folder, evil.debian(record.format("e" * 1_000_000, ", ".join(["x"] * 500_000)) + evil.deb("evil", "1.0-1")))


EVIL = Evil(
    id="status_long_fields",
    attack="A package's name has a million letters, and it depends on half a million others: a report that no one can open.",
    make=make,
    expect=(0, 3),
    says=evil.FLAW,
    never="e{1000}",
)
