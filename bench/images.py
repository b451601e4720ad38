"""Makes the images of the measurements: real packages of Debian, PyPI and npm, in layers as a Dockerfile would make them.

Each image is written twice: as an OCI layout with gzip layers, and as an archive in the form of `docker save` (plain tars). The Node image and
the second Python image share layers with the first, so that "a second image on the same base" can be timed. Needs `mmdebstrap`, `npm`, and the
package registries by their ordinary clients; everything is kept in a folder and made once.

    python bench/images.py [FOLDER]          FOLDER defaults to $PRATIQUE_BENCH_DIR, else pratique-bench in the temporary folder
"""

from __future__ import annotations

import compileall
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

EPOCH = 1_700_000_000
CREATED = "2023-11-14T22:13:20Z"
SITE = "usr/local/lib/python3.11/site-packages"

DEBIAN_PYTHON = ("python3", "ca-certificates", "libpq5", "libjpeg62-turbo", "netbase", "tzdata", "make", "openssl")
DEBIAN_NODE = ("nodejs", "ca-certificates", "netbase", "tzdata", "python3", "make")
PYPI_PLATFORM = ("numpy==1.26.4", "cryptography==42.0.5")
PYPI_APP = (
    "django==4.2.8", "requests==2.31.0", "jinja2==3.1.2", "pillow==10.1.0", "pyyaml==6.0.1", "sqlalchemy==2.0.23", "celery==5.3.6",
    "flask==2.3.3", "gunicorn==21.2.0",
)  # fmt: skip
NPM = {
    "express": "4.18.2", "webpack": "5.88.0", "lodash": "4.17.20", "axios": "1.5.0", "typescript": "5.2.2", "eslint": "8.50.0", "jest": "29.6.0",
    "react": "18.2.0", "react-dom": "18.2.0", "moment": "2.29.3", "handlebars": "4.7.6", "ejs": "3.1.6", "mongoose": "7.5.0",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One layer to be: its instruction, and the file that holds its tar."""

    instruction: str
    tar: Path


def folder() -> Path:
    """Where everything is kept."""
    return Path(os.environ.get("PRATIQUE_BENCH_DIR") or Path(tempfile.gettempdir()) / "pratique-bench")


# ------------------------------------------------------------------------------------------------------------------------- layers


def debian(into: Path, include: tuple[str, ...] = ()) -> Path:
    """A root file system of Debian bookworm as a tar, with these packages."""
    if not into.exists():
        part = into.with_suffix(".part.tar")
        command = ["mmdebstrap", "--quiet", "--variant=minbase", *([f"--include={','.join(include)}"] if include else []), "bookworm", str(part)]
        subprocess.run(command, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)}, stdin=subprocess.DEVNULL)
        part.rename(into)
    return into


def difference(base: Path, full: Path, into: Path) -> Path:
    """What a RUN that turns `base` into `full` would leave as a layer: members that are new or differ (nothing is deleted by an installation)."""
    if not into.exists():
        part = into.with_suffix(".part.tar")
        known = dict(_members(base))
        with tarfile.open(full) as source, tarfile.open(part, "w", format=tarfile.GNU_FORMAT) as target:
            for member, facts in zip(source, (facts for _, facts in _members(full)), strict=True):
                if known.get(member.name) != facts:
                    target.addfile(member, source.extractfile(member) if member.isreg() else None)
        part.rename(into)
    return into


def _members(tar: Path) -> Iterator[tuple[str, tuple[object, ...]]]:
    with tarfile.open(tar) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            digest = hashlib.file_digest(content, "sha256").digest() if content else b""  # type: ignore[arg-type]
            yield member.name, (member.type, member.mode, member.uid, member.gid, member.linkname, digest)


def packed(tree: Path, prefix: str, into: Path) -> Path:
    """A folder as the tar of a layer, below `prefix`, in the order of its paths, owned by root."""

    def neutral(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = EPOCH
        return member

    with tarfile.open(into, "w", format=tarfile.GNU_FORMAT) as archive:
        parts = prefix.split("/")
        for depth in range(1, len(parts)):
            parent = tarfile.TarInfo("/".join(parts[:depth]))
            parent.type, parent.mode, parent.mtime = tarfile.DIRTYPE, 0o755, EPOCH
            archive.addfile(parent)
        archive.add(tree, prefix, filter=neutral)
    return into


def pypi(requirements: tuple[str, ...], into: Path, without: tuple[str, ...] = ()) -> Path:
    """A layer of site-packages as `pip install` leaves it, byte code included; `without` names what an earlier layer has."""
    if not into.exists():
        with tempfile.TemporaryDirectory(dir=into.parent) as name:
            site = Path(name, "site")
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--only-binary=:all:", "--python-version=3.11"]
            command += [
                "--implementation=cp",
                "--platform=manylinux2014_x86_64",
                "--platform=manylinux_2_17_x86_64",
                "--platform=manylinux_2_28_x86_64",
            ]
            subprocess.run([*command, f"--target={site}", *requirements, *without], check=True, stdin=subprocess.DEVNULL)
            if without:
                with tempfile.TemporaryDirectory(dir=into.parent) as below:
                    subprocess.run([*command, f"--target={below}", *without], check=True, stdin=subprocess.DEVNULL)
                    for twin in sorted(Path(below).iterdir()):
                        shutil.rmtree(site / twin.name) if twin.is_dir() else (site / twin.name).unlink()
            compileall.compile_dir(site, quiet=2, stripdir=str(site), prependdir=f"/{SITE}")
            packed(site, SITE, into.with_suffix(".part.tar")).rename(into)
    return into


def npm(dependencies: dict[str, str], into: Path) -> Path:
    """A layer of `node_modules` as `npm install` leaves it."""
    if not into.exists():
        with tempfile.TemporaryDirectory(dir=into.parent) as name:
            project = Path(name, "service")
            project.mkdir()
            project.joinpath("package.json").write_text(json.dumps({"name": "service", "version": "1.0.0", "dependencies": dependencies}))
            subprocess.run(
                ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=project, check=True, stdin=subprocess.DEVNULL
            )
            packed(project, "srv/service", into.with_suffix(".part.tar")).rename(into)
    return into


def written(files: dict[str, bytes], into: Path) -> Path:
    """A layer of a few files, as COPY brings them."""
    if not into.exists():
        with tempfile.TemporaryDirectory(dir=into.parent) as name:
            for path, data in files.items():
                target = Path(name, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            packed(Path(name), "srv/app", into.with_suffix(".part.tar")).rename(into)
    return into


def application(word: str, count: int) -> dict[str, bytes]:
    """The files of an application: modules, templates and static files that differ from each other."""
    files = {}
    for n in range(count):
        text = "\n".join(f"def {word}_{n}_{line}(request, value={line * n}):\n    return value + {line}\n" for line in range(60))
        files[f"{word}/views/module_{n:03}.py"] = text.encode()
        files[f"{word}/static/{n:03}.css"] = b".c%d { color: #%06x }\n" % (n, n * 7919) * 200
    return files


# ------------------------------------------------------------------------------------------------------------------------- images


def images(root: Path) -> dict[str, Path]:
    """Make what is not there yet, and return the folder of each image (`oci/` and `docker.tar` lie in it)."""
    tars = root / "layers"
    tars.mkdir(parents=True, exist_ok=True)
    base = debian(tars / "debian.tar")
    python = difference(base, debian(tars / "debian-python-full.tar", DEBIAN_PYTHON), tars / "debian-python.tar")
    node = difference(base, debian(tars / "debian-node-full.tar", DEBIAN_NODE), tars / "debian-node.tar")
    platform = pypi(PYPI_PLATFORM, tars / "pypi-platform.tar")
    service = pypi(PYPI_APP, tars / "pypi-app.tar", without=PYPI_PLATFORM)
    modules = npm(NPM, tars / "npm.tar")
    first = written(application("shop", 300), tars / "shop.tar")
    second = written(application("ledger", 300), tars / "ledger.tar")
    settings = written({"settings.py": b"DEBUG = False\n", "entrypoint.sh": b"#!/bin/sh\nexec gunicorn shop.wsgi\n"}, tars / "settings.tar")

    bottom = Part("/bin/sh -c #(nop) ADD file:debian in / ", base)
    with_python = Part(f"RUN /bin/sh -c apt-get update && apt-get install -y {' '.join(DEBIAN_PYTHON)} # buildkit", python)
    with_platform = Part(f"RUN /bin/sh -c pip install {' '.join(PYPI_PLATFORM)} # buildkit", platform)
    with_service = Part("RUN /bin/sh -c pip install -r requirements.txt # buildkit", service)
    with_node = Part(f"RUN /bin/sh -c apt-get update && apt-get install -y {' '.join(DEBIAN_NODE)} # buildkit", node)
    with_modules = Part("RUN /bin/sh -c npm install # buildkit", modules)
    top = Part("COPY settings.py entrypoint.sh /srv/app/ # buildkit", settings)
    below = (bottom, with_python, with_platform, with_service)
    wanted = {
        "python": (*below, Part("COPY shop /srv/app/shop # buildkit", first), top),
        "python-second": (*below, Part("COPY ledger /srv/app/ledger # buildkit", second), top),
        "node": (bottom, with_node, with_modules, Part("COPY shop /srv/app/shop # buildkit", first), top),
    }
    return {name: assemble(root, name, parts) for name, parts in wanted.items()}


def assemble(root: Path, name: str, parts: tuple[Part, ...]) -> Path:
    """Write one image, as an OCI layout and as an archive."""
    target = root / "images" / name
    if not target.exists():
        part = target.with_name(f"{name}.part")
        shutil.rmtree(part, ignore_errors=True)
        blobs = part / "oci" / "blobs" / "sha256"
        blobs.mkdir(parents=True)
        zipped = {digest(blob): blob for blob in (compressed(item.tar) for item in parts)}
        config = json.dumps({
            "architecture": "amd64", "os": "linux", "created": CREATED,
            "config": {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "Cmd": ["/srv/app/entrypoint.sh"], "WorkingDir": "/srv/app"},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest(item.tar)}" for item in parts]},
            "history": [{"created": CREATED, "created_by": item.instruction} for item in parts],
        }).encode()  # fmt: skip
        for hexadecimal, blob in zipped.items():
            os.link(blob, blobs / hexadecimal)
        kind = "application/vnd.oci.image.layer.v1.tar+gzip"
        layers = [{"mediaType": kind, "digest": f"sha256:{hexadecimal}", "size": blob.stat().st_size} for hexadecimal, blob in zipped.items()]
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": _put(blobs, config), "size": len(config)}, "layers": layers,
        }).encode()  # fmt: skip
        entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": _put(blobs, manifest), "size": len(manifest)}
        part.joinpath("oci", "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
        part.joinpath("oci", "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        save(part / "docker.tar", name, config, [item.tar for item in parts])
        part.rename(target)
    return target


def save(archive: Path, name: str, config: bytes, tars: list[Path]) -> None:
    """Write the archive of `docker save`: `manifest.json`, the config, and each layer's plain tar."""
    paths = [f"{digest(tar)}/layer.tar" for tar in tars]
    named = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = json.dumps([{"Config": named, "RepoTags": [f"bench/{name}:latest"], "Layers": paths}]).encode()
    with tarfile.open(archive, "w") as target:
        for path, tar in zip(paths, tars, strict=True):
            member = tarfile.TarInfo(path)
            member.size = tar.stat().st_size
            with tar.open("rb") as content:
                target.addfile(member, content)
        for path, data in ((named, config), ("manifest.json", manifest)):
            member = tarfile.TarInfo(path)
            member.size = len(data)
            target.addfile(member, io.BytesIO(data))


def compressed(tar: Path) -> Path:
    """The gzip blob of a layer (level 6, as engines write it)."""
    into = tar.with_suffix(".tar.gz")
    if not into.exists():
        part = into.with_suffix(".part")
        with tar.open("rb") as source, part.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as target:
            shutil.copyfileobj(source, target, 1 << 20)
        part.rename(into)
    return into


def digest(path: Path) -> str:
    """The sha256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(blobs: Path, data: bytes) -> str:
    name = hashlib.sha256(data).hexdigest()
    blobs.joinpath(name).write_bytes(data)
    return f"sha256:{name}"


def describe(name: str, path: Path) -> str:
    """One line on an image: layers, members, sizes."""
    sizes, members = [], 0
    with tarfile.open(path / "docker.tar") as archive:
        for item in archive:
            if item.name.endswith("/layer.tar"):
                sizes.append(item.size)
                content = archive.extractfile(item)
                assert content
                with tarfile.open(fileobj=content) as layer:
                    members += sum(1 for _ in layer)
    packed_size = sum(blob.stat().st_size for blob in (path / "oci" / "blobs" / "sha256").iterdir())
    plain = sum(sizes)
    return f"{name:14} {len(sizes)} layers  {members:6} members  {plain / 1e6:6.0f} MB plain  {packed_size / 1e6:6.0f} MB gzip  {path}"


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else folder()
    for title, made in images(where).items():
        print(describe(title, made))
