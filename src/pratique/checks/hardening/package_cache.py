"""What package managers downloaded and keep: it makes the image larger and tells what was available when it was built."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Persona, Severity

CACHES = {
    "var/lib/apt/lists": "apt's lists",
    "var/cache/apt": "apt's cache",
    "var/cache/apk": "apk's cache",
    "var/cache/yum": "yum's cache",
    "var/cache/dnf": "dnf's cache",
    "var/cache/libdnf5": "dnf's cache",
    "var/cache/zypp": "zypper's cache",
    "var/cache/pacman": "pacman's cache",
    "root/.cache/pip": "pip's cache",
    "root/.cache/go-build": "Go's build cache",
    "root/.cache/uv": "uv's cache",
    "root/.cache/yarn": "yarn's cache",
    "usr/local/share/.cache/yarn": "yarn's cache",
    "root/.npm/_cacache": "npm's cache",
    "root/.composer/cache": "composer's cache",
    "root/.m2/repository": "Maven's repository",
    "root/.gradle/caches": "Gradle's cache",
    "root/.cargo/registry/cache": "cargo's cache",
    "tmp": "temporary files",
    "var/tmp": "temporary files",
}
LEAST = 4096
"""Bytes below which it is not worth a word: locks and markers."""


def run(nodes: list[Node], _: Tree) -> Iterator[Hit]:
    """Yield one hit a cache and layer, with its size."""
    sizes: dict[tuple[str, int], list[int]] = {}
    for node in nodes:
        folder = next(folder for folder in CACHES if node.path.startswith(f"{folder}/"))
        sizes.setdefault((folder, node.layer), []).append(node.size)
    for (folder, layer), found in sizes.items():
        if sum(found) >= LEAST:
            yield Hit(folder, f"{CACHES[folder]} were left behind: {len(found)} files, {sum(found) / 1e6:.1f} MB", layer=layer)


CHECK = TreeCheck(
    id="package-cache",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    persona=Persona.PEDANTIC,
    asks="Did caches of package managers or temporary files stay in the image?",
    remedy="Delete them in the RUN that makes them (rm -rf /var/lib/apt/lists/*, apk add --no-cache), or mount a cache (RUN --mount=type=cache).",
    run=run,
    select=Select(folders=tuple(CACHES)),
    catches=(
        Grove((Planted("var/lib/apt/lists/debian_main_Packages", b"Package: x\n" * 1000),)),
        Grove((Planted("root/.cache/pip/http/a", b"x" * 9000), Planted("tmp/build.log", b"x" * 9000))),
    ),
    passes=(
        Grove((Planted("var/lib/apt/lists/lock"), Planted("var/cache/apt/archives/lock"))),
        Grove((Planted("var/cache/debconf/templates.dat", b"x" * 9000), Planted("tmp", mode=0o1777, type="d"))),
    ),
    aliases=("DKL-DI-0005", "DKL-DI-0004", "DL3009", "DL3042", "DL3019"),
)
