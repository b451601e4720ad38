"""What only the build needed tells strangers how the image was made; a repository tells everything that ever was in it."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Severity

REPOSITORIES = {".git": "HEAD", ".hg": "store", ".svn": "wc.db"}
"""Folders of version control, and a member by which they are known."""
RECIPES = frozenset({"Dockerfile", "Containerfile", ".dockerignore", "docker-compose.yml", "docker-compose.yaml", "compose.yaml", "compose.yml"})
ELSEWHERE = ("usr/share/", "usr/lib/", "usr/src/", "usr/local/lib/", "usr/local/go/", "root/go/pkg/")
"""Where libraries and documentation bring examples of their own."""
INSTALLED = ("/node_modules/", "/site-packages/", "/dist-packages/", "/vendor/", "/gems/")


def run(nodes: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to repositories, and to recipes of the image itself; not to those of packages."""
    for node in nodes:
        if node.path.startswith(ELSEWHERE) or any(folder in f"/{node.path}" for folder in INSTALLED):
            continue
        if node.name in REPOSITORIES:
            if node.type == "d" and tree.find(f"{node.path}/{REPOSITORIES[node.name]}") is not None:
                yield Hit(node.path, "a whole repository, with all that was ever committed to it", severity=Severity.MEDIUM)
        elif node.type in "fh":
            yield Hit(node.path, "only the build needed it")


CHECK = TreeCheck(
    id="build-leftovers",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.NEGLIGIBLE,
    confidence=Confidence.HIGH,
    asks="Did files of the build stay in the image?",
    remedy="Name them in .dockerignore, or copy only what the application needs (COPY src/ /app/).",
    run=run,
    select=Select(names=RECIPES | REPOSITORIES.keys(), types="fhd"),
    catches=(
        Grove((Planted("app/.git", mode=0o755, type="d"), Planted("app/.git/HEAD", b"ref: refs/heads/main\n"))),
        Grove((Planted("app/Dockerfile", b"FROM scratch\n"),)),
    ),
    passes=(
        Grove((Planted("app/.git", mode=0o755, type="d"),)),
        Grove((Planted("app/node_modules/x/Dockerfile", b"FROM x\n"), Planted("usr/share/doc/x/Dockerfile", b"FROM x\n"))),
    ),
    aliases=("DKL-LI-0003",),
)
