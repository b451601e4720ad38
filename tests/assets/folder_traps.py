"""A folder with a fifo, links out of it and one to itself in the place of what is wanted."""

import os
from pathlib import Path

import evil
from evil import Evil


def make(folder: Path) -> str:
    root = folder / "rootfs"
    for entry in evil.alpine():
        (root / entry.path).parent.mkdir(parents=True, exist_ok=True)
        (root / entry.path).write_bytes(entry.data)
    for name in ("fifo", "out", "loop"):
        (root / "app/node_modules" / name).mkdir(parents=True)
    os.mkfifo(root / "app/node_modules/fifo/package.json")
    (folder / "outside.json").write_text('{"name":"outside","version":"1.0.0"}')
    (root / "app/node_modules/out/package.json").symlink_to(folder / "outside.json")
    (root / "app/node_modules/loop/package.json").symlink_to("package.json")
    (root / "app/up").symlink_to("..")
    return f"dir:{root}"


EVIL = Evil(
    id="folder_traps",
    attack="A root file system with a fifo that hangs who reads it, a link that leads out of it and links that run in a circle (CWE-59).",
    make=make,
    expect=(0,),
    says=evil.FLAW,
    never="outside",
)
