"""Shows a real folder to one ecosystem, as the pass and the fold would: what it keeps, grouped, as packages."""

import io
import os
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from pratique.catalog.ecosystem import Ecosystem, Group
from pratique.catalog.observer import Member
from pratique.formats import zip as zips
from pratique.formats.javaarchive import SUFFIXES
from pratique.model import Document, Gap, Package


def matches(pattern: str, path: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", "[^/]*")
    return re.search(f"(?:^|/){expression}$", path) is not None


def members(path: str, file):
    """Yield a file and, if it is an archive, what is in it."""
    yield path, file
    if path.endswith(SUFFIXES):
        for entry in zips.entries(file):
            if not entry.is_dir:
                yield from members(f"{path}!/{entry.name}", io.BytesIO(zips.read(file, entry, 1 << 28)))


def documents(ecosystem: Ecosystem, root: Path):
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            real = Path(folder, name)
            if real.is_symlink():
                continue
            with real.open("rb") as outer:
                for path, file in members(str(real.relative_to(root)), outer):
                    if path.endswith(SUFFIXES) and any(k.role == "maven:archive" for k in ecosystem.keeps):
                        yield Document("maven:archive", path, b"")
                    yield from seen(ecosystem, path, file)


def seen(ecosystem: Ecosystem, path: str, file):
    for keep in ecosystem.keeps:
        file.seek(0)
        head = file.read(65536)
        wanted = any(matches(p, path) for p in keep.patterns) or (head.startswith(keep.magic or (b"\0never",)) and (not keep.peek or keep.peek(head)))
        if not wanted:
            continue
        file.seek(0)
        if keep.stream:
            stream = keep.stream(Member(path, "f"))
            while block := file.read(1 << 18):
                stream.feed(memoryview(block))
            yield from stream.close()
            continue
        try:
            for item in keep.reduce(Member(path, "f"), file):
                yield replace(item, path=path) if isinstance(item, Gap) else Document(keep.role, path, item)
        except ValueError as error:
            yield Gap("unreadable", str(error), blind=keep.blind, path=path)


def found(ecosystem: Ecosystem, root: Path) -> tuple[list[Package], list[Gap]]:
    groups, gaps, packages = defaultdict(list), [], []
    for item in documents(ecosystem, root):
        gaps.append(item) if isinstance(item, Gap) else groups[ecosystem.group(item)].append(item)
    for key, items in groups.items():
        for item in ecosystem.packages(Group(key, "", tuple(sorted(items, key=lambda d: d.path)))):
            gaps.append(item) if isinstance(item, Gap) else packages.append(item)
    return packages, gaps
