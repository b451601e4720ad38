"""Real Alpine root file systems, from the shared images; the x86_64 ones can run their own `apk`."""

from __future__ import annotations

import io
import json
import os
import platform
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from conftest import CI, need, shared

RELEASES = ("3.6", "3.10", "3.12", "3.16", "3.18", "3.20", "edge")


def files(release: str) -> Iterator[tuple[str, bytes]]:
    """Yield the regular files of an image, lowest layer first."""
    with tarfile.open(shared("images", f"alpine-{release}.docker.tar.gz")) as archive:
        for layer in json.load(_open(archive, "manifest.json"))[0]["Layers"]:
            with tarfile.open(fileobj=_open(archive, layer)) as tar:
                for member in tar:
                    if member.isfile():
                        yield member.name.removeprefix("./"), _open(tar, member).read()


def unpacked(release: str, folder: Path) -> Path:
    """Unpack an image into a folder for `chroot`; skip where that cannot run."""
    if os.geteuid() != 0 or platform.machine() != "x86_64":
        reason = "a chroot into an image needs root on x86_64"
        pytest.fail(reason) if CI else pytest.skip(reason)
    with tarfile.open(shared("images", f"alpine-{release}.docker.tar.gz")) as archive:
        for layer in json.load(_open(archive, "manifest.json"))[0]["Layers"]:
            with tarfile.open(fileobj=_open(archive, layer)) as tar:
                tar.extractall(folder, filter="tar")
    return folder


def run(root: Path, command: Sequence[str], text: str = "") -> str:
    """Run a program of the image, without network."""
    done = subprocess.run(
        [need("unshare", "util-linux"), "-n", need("chroot", "coreutils"), str(root), *command],
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout


def _open(archive: tarfile.TarFile, member: str | tarfile.TarInfo) -> io.BufferedReader:
    file = archive.extractfile(member)
    assert file is not None
    return file  # type: ignore[return-value] # always buffered here
