"""A data directory on a read-only mount (needs root)."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import evil
import pytest
from evil import Evil, Given


@contextmanager
def make(folder: Path) -> Iterator[Given]:
    data = folder.parent / "around" / "data"
    data.mkdir(parents=True)
    mounted = (
        os.geteuid() == 0
        and subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "none", data], capture_output=True, check=False).returncode == 0
    )
    if not mounted:
        pytest.skip("mounting takes root")
    try:
        yield Given(evil.archive(folder, evil.alpine()), data=data)
    finally:
        subprocess.run(["umount", data], check=True)


EVIL = Evil(
    id="data_read_only",
    attack="The data directory is mounted read-only, as in a hardened container.",
    make=make,
    expect=(2, 3),
    says=r"read-only|cannot be written.*--data",
)
