"""Real Debian root file systems, made by `mmdebstrap` from Debian's own archive."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest
from conftest import CI, need

RELEASES = ("bullseye", "bookworm", "trixie")
INCLUDED = {"bookworm": ("python3-six", "python3-yaml")}
"""Beyond what is essential: one release has language packages whose files are Debian's."""


@cache
def _folder() -> Path:
    if kept := os.environ.get("PRATIQUE_TEST_CACHE"):
        Path(kept).mkdir(parents=True, exist_ok=True)
        return Path(kept)
    folder = tempfile.mkdtemp(prefix="pratique-debian-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@cache
def _made(release: str) -> Path | str:
    """The tar of a root file system (about half a minute where none is cached), or why there is none."""
    included = INCLUDED.get(release, ())
    path = _folder() / f"debian-{'+'.join((release, *included))}.tar"
    if path.exists():
        return path
    if os.geteuid() != 0:
        return "mmdebstrap needs root"
    part = path.with_name(f"part-{os.getpid()}-{release}.tar")
    more = [f"--include={','.join(included)}"] if included else []
    command = [need("mmdebstrap"), "--variant=minbase", *more, release, str(part)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if made.returncode:
        part.unlink(missing_ok=True)
        return f"mmdebstrap {release} failed: {made.stderr.strip()[-300:]}"
    part.rename(path)
    return path


def debian_rootfs(release: str) -> Path:
    """Return the root file system of a Debian release as a tar: minbase, and what is INCLUDED. `PRATIQUE_TEST_CACHE` names a folder to keep it in."""
    need("mmdebstrap")
    made = _made(release)
    if isinstance(made, str):
        if CI:
            pytest.fail(made)
        pytest.skip(made)
    return made
