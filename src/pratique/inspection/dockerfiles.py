"""Reach Dockerfiles: find them beneath a folder, read them, list what lies beside them. Links are listed, never followed out of the folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from pratique.dockerfile.build import Context, ContextFile
from pratique.dockerfile.hadolint import MAX_BYTES, NAMES
from pratique.dockerfile.ignore import Ignore
from pratique.dockerfile.ignore import parse as parse_ignore
from pratique.errors import InvalidInput
from pratique.model import Gap

PATTERNS = ("dockerfile", "dockerfile.*", "*.dockerfile", "containerfile", "containerfile.*")
"""What a Dockerfile's name looks like, in any case."""
_NOT = (".dockerignore", ".md", ".orig", ".rej", ".swp")
MAX_SIZE = 16 << 20
"""Bytes of a Dockerfile that are read; the largest real ones have some 200 KiB."""
MAX_DOCKERFILES = 2_000
"""Dockerfiles beneath one folder; the collections of whole distributions have some hundred."""
MAX_ENTRIES = 1_000_000
"""Files and folders that are looked at while searching."""
MAX_CONTEXT = 50_000
"""Files of one build context that are listed; what an application's repository has, its dependencies included."""


@dataclass(frozen=True, slots=True)
class Written:
    """A Dockerfile as bytes."""

    name: str
    """As it is reported: relative to the folder that was asked about."""
    data: bytes
    path: Path | None
    """None: standard input."""
    whole: bool = True
    """False where it was longer than is read."""


@dataclass(slots=True)
class Found:
    """What was found, and what was not looked at."""

    files: list[tuple[str, Path]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


def is_dockerfile(name: str) -> bool:
    """Tell whether a file's name is that of a Dockerfile."""
    lower = name.lower()
    return not lower.endswith(_NOT) and any(fnmatchcase(lower, pattern) for pattern in PATTERNS)


def find(folder: Path) -> Found:
    """Return every Dockerfile beneath a folder, in the order of their paths. Raises `InvalidInput` where the folder cannot be listed."""
    found = Found()
    inside = os.path.realpath(folder)
    waiting = [folder]
    entries = 0
    while waiting:
        here = waiting.pop()
        try:
            listed = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as fault:
            if here is folder:
                raise InvalidInput(f"{folder} cannot be listed: {fault.strerror}", "check the path and its permissions") from None
            found.gaps.append(Gap("folder-unreadable", f"{here} cannot be listed: {fault.strerror}", path=str(here)))
            continue
        entries += len(listed)
        if entries > MAX_ENTRIES:
            found.gaps.append(Gap("too-many-files", f"more than {MAX_ENTRIES} files: the rest was not searched", path=str(here)))
            break
        for entry in listed:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != ".git":
                    waiting.append(Path(entry.path))
            elif is_dockerfile(entry.name):
                _take(entry, folder, inside, found)
    found.files.sort()
    if len(found.files) > MAX_DOCKERFILES:
        found.gaps.append(Gap("too-many-dockerfiles", f"{len(found.files)} Dockerfiles: only the first {MAX_DOCKERFILES} were read"))
        del found.files[MAX_DOCKERFILES:]
    return found


def _take(entry: os.DirEntry[str], folder: Path, inside: str, found: Found) -> None:
    name = Path(entry.path).relative_to(folder).as_posix()
    if entry.is_symlink():
        target = os.path.realpath(entry.path)
        if os.path.commonpath((inside, target)) != inside:
            found.gaps.append(Gap("link-out-of-folder", f"{name} is a link out of the folder and was not read", path=name, remedy="name it itself"))
            return
    try:
        regular = stat.S_ISREG(entry.stat().st_mode)
    except OSError as fault:
        found.gaps.append(Gap("file-unreadable", f"{name} cannot be read: {fault.strerror}", path=name))
        return
    if regular:
        found.files.append((name, Path(entry.path)))
    elif not entry.is_dir():
        found.gaps.append(Gap("no-file", f"{name} is no regular file and was not read", path=name))


def read(name: str, path: Path) -> Written:
    """Read one Dockerfile. Raises `OSError`."""
    with path.open("rb") as file:
        return _read(name, file, path)


def read_stream(file: BinaryIO) -> Written:
    """Read a Dockerfile from standard input."""
    return _read("-", file, None)


def _read(name: str, file: BinaryIO, path: Path | None) -> Written:
    data = file.read(MAX_SIZE + 1)
    return Written(name, data[:MAX_SIZE], path, len(data) <= MAX_SIZE)


def context(folder: Path, dockerfile: Path | None) -> Context:
    """List the files of a build context. The `.dockerignore` is the Dockerfile's own (`Dockerfile.dockerignore`), else the folder's."""
    files: list[ContextFile] = []
    whole = True
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            listed = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            whole = False
            continue
        for entry in listed:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            elif len(files) >= MAX_CONTEXT:
                return Context(tuple(files), *_ignore(folder, dockerfile), whole=False)
            else:
                files.append(_listed(entry, folder))
    return Context(tuple(files), *_ignore(folder, dockerfile), whole=whole)


def _listed(entry: os.DirEntry[str], folder: Path) -> ContextFile:
    name = os.path.relpath(entry.path, folder).replace(os.sep, "/")
    try:
        about = entry.stat(follow_symlinks=False)
        link = str(Path(entry.path).readlink()) if entry.is_symlink() else None
    except OSError:
        return ContextFile(name)
    return ContextFile(name, about.st_size, stat.S_IMODE(about.st_mode), link)


def _ignore(folder: Path, dockerfile: Path | None) -> tuple[Ignore, bool]:
    candidates = [] if dockerfile is None else [dockerfile.with_name(f"{dockerfile.name}.dockerignore")]
    for path in (*candidates, folder / ".dockerignore"):
        text = small(path, MAX_BYTES)
        if text is not None:
            return parse_ignore(text), True
    return Ignore(), False


def small(path: Path, limit: int) -> str | None:
    """Return the begin of a regular file; None where there is none that can be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None
        with path.open("rb") as file:
            return file.read(limit + 1).decode("utf-8", "replace")
    except OSError:
        return None


def configuration(folder: Path) -> tuple[Path, str] | None:
    """Return the nearest `.hadolint.yaml`: in a folder, or in one above it up to the root of its repository (what has a `.git`)."""
    for here in _upwards(folder):
        for name in NAMES:
            text = small(here / name, MAX_BYTES)
            if text is not None:
                return here / name, text
    return None


def _upwards(folder: Path) -> Iterator[Path]:
    """Yield a folder and those above it up to the root of its repository; outside of a repository the folder alone."""
    here = folder.resolve()
    above = [here, *here.parents]
    root = next((index for index, one in enumerate(above) if (one / ".git").exists()), 0)
    yield from above[: root + 1]
