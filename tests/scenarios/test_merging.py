"""What is visible in layers is what lies on a disk that the layers were laid upon: whiteouts, links, and folders that become files."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_maker import Entry, Layer, file, folder, hardlink, make_docker_archive, opaque, symlink, whiteout

from pratique.inspection.scan import Request, inspect

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FOLDERS = ("srv", "srv/a", "srv/b", "opt", "opt/dpkg", "opt/other", "var/lib", "var/lib/dpkg")
STATUS = "var/lib/dpkg/status"
FILES = (STATUS, "opt/dpkg/status", "opt/other/status", "var/lib/dpkg/status-old", "srv/a/x-1.0.dist-info/METADATA", "srv/b/x-1.0.dist-info/METADATA")
TEXTS = {
    name: "".join(f"Package: {one}\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n" for one in name)
    for name in ("a", "ab", "b", "bc")
}
LINKS = (
    ("var/lib/dpkg", "/opt/dpkg"),
    ("var/lib/dpkg", "../../opt/other"),
    (STATUS, "status-old"),
    (STATUS, "/opt/dpkg/status"),
    ("opt/dpkg", "other"),
    ("srv/a", "b"),
)


def content(path: str, text: str) -> str:
    return f"Metadata-Version: 2.1\nName: {text}\nVersion: 1.0\n" if path.endswith("METADATA") else TEXTS[text]


@st.composite
def layers(draw: st.DrawFn) -> list[Entry]:
    """A layer as a builder writes it: the folders of a member stand before it; hard links name files of the same layer."""
    hidden = draw(st.lists(st.sampled_from((*FOLDERS, *FILES)), max_size=2, unique=True))
    bare = draw(st.lists(st.sampled_from(FOLDERS), max_size=1))
    brought: dict[str, Entry] = {}
    for path in draw(st.lists(st.sampled_from(FILES), max_size=3, unique=True)):
        brought[path] = file(path, content(path, draw(st.sampled_from(sorted(TEXTS)))))
    for path, target in draw(st.lists(st.sampled_from(LINKS), max_size=1)):
        if not any(other == path or other.startswith(f"{path}/") for other in brought):
            brought[path] = symlink(path, target)
    regular = [path for path, entry in brought.items() if entry.type == tarfile.REGTYPE]
    if regular and draw(st.booleans()):
        path, target = draw(st.sampled_from(FILES)), draw(st.sampled_from(regular))
        same = path.endswith("METADATA") == target.endswith("METADATA")
        if same and path not in brought and not any(path.startswith(f"{other}/") for other in brought):
            brought[path] = hardlink(path, target)
    made: dict[str, Entry] = {}
    for path in (*(f"{one}/" for one in bare if one not in brought), *brought):
        parts = path.rstrip("/").split("/")
        for depth in range(1, len(parts) + path.endswith("/")):
            parent = "/".join(parts[:depth])
            if brought.get(parent, folder("")).type != tarfile.DIRTYPE:
                break  # a link of this layer is there: what lies below it belongs elsewhere
            made.setdefault(parent, folder(parent))
        else:
            if path in brought:
                made[path] = brought[path]
    present = [entry for entry in made.values() if entry.type != tarfile.LNKTYPE or entry.target in made]
    return [*present, *(opaque(one) if draw(st.booleans()) and one in FOLDERS else whiteout(one) for one in hidden)]


def lay(root: Path, entries: list[Entry]) -> None:
    """Lay a layer upon a disk: first what it hides of the lower ones, then what it brings (OCI image-spec `layer.md`, "Applying Changesets")."""
    for entry in entries:
        parent, _, name = entry.path.rpartition("/")
        if not name.startswith(".wh.") or not real(root, parent):
            continue
        if name == ".wh..wh..opq":
            for child in list((root / parent).iterdir()) if (root / parent).is_dir() else ():
                remove(child)
        elif os.path.lexists(root / parent / name[4:]):
            remove(root / parent / name[4:])
    for entry in entries:
        path = root / entry.path
        if path.name.startswith(".wh."):
            continue
        if entry.type == tarfile.DIRTYPE:
            if path.is_symlink() or not path.is_dir():
                remove(path)
                path.mkdir()
            continue
        remove(path)
        if entry.type == tarfile.SYMTYPE:
            path.symlink_to(entry.target)
        elif entry.type == tarfile.LNKTYPE:
            os.link(root / entry.target, path)
        else:
            path.write_bytes(entry.data)


def real(root: Path, path: str) -> bool:
    """Whether a path is a folder, and no link is on its way."""
    parts = path.split("/") if path else []
    return all(not (root / "/".join(parts[:depth])).is_symlink() for depth in range(1, len(parts) + 1)) and (root / path).is_dir()


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def visible(reference: str, data: Path) -> list[tuple[str, ...]]:
    inventory = inspect(Request(reference, NOW, data, kinds=frozenset()))
    return sorted((one.type, one.name, one.version, *one.locations) for one in inventory.packages if one.origin.visible)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(layers(), min_size=1, max_size=4))
def test_what_is_visible_in_layers_is_what_lies_on_the_disk(stack: list[list[Entry]]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        base = Path(scratch)
        root = base / "root"
        root.mkdir()
        (root / "etc").write_text("an empty folder is refused")
        for entries in stack:
            lay(root, entries)
        made = make_docker_archive(base / "app.tar", [Layer(entries) for entries in stack])
        assert visible(f"docker-archive:{made.path}", base / "data") == visible(f"dir:{root}", base / "data")
