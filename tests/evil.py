"""What an evil file is: an attack on whoever reads images, made by code, and what a reader must say of it.

Each module of `assets/` has one `EVIL`. `test_evil.py` holds the real command line against every one of them.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import image_maker as im
import pytest
from conftest import CI

NOW = 1_718_000_000
"""2024-06-10: when the scans of these tests are made, and all data of their mirror is fresh."""
DAY = "2024-06-09"


@dataclass(frozen=True)
class Given:
    """What to scan, and around it what else is not as it should be."""

    reference: str
    arguments: Sequence[str] = ()
    stdin: Path | None = None
    feeds: str | None = None
    """Another mirror than the test's own; `Path` of a folder, or an address."""
    data: Path | None = None
    """Another data directory than an empty one."""
    environ: Mapping[str, str] = field(default_factory=dict)


Made = str | Given
"""A reference, or one with its circumstances."""


@dataclass(frozen=True)
class Evil:
    """One attack."""

    id: str
    """The name of its file."""
    attack: str
    """What it tries, in one sentence, with its CVE or the section of the specification it breaks."""
    make: Callable[[Path], Made | AbstractContextManager[Made]]
    """Writes it into an empty folder and returns what to scan; a context manager where something must run meanwhile."""
    expect: tuple[int, ...]
    """Exit codes allowed: 2, no report possible; 3, a report that says what it could not see; 0 only where all can be told nevertheless."""
    says: str
    """A regular expression that stdout and stderr must match: what happened, and what to do next."""
    never: str = ""
    """One that they must not."""
    seconds: float = 20.0
    mebibytes: int = 400
    """Peak memory allowed."""

    def __post_init__(self) -> None:
        assert self.attack.endswith("."), self.id
        assert set(self.expect) <= {0, 2, 3}, self.id


# ------------------------------------------------------------------------------------------------------------ good images

OS_RELEASE = 'ID=alpine\nNAME="Alpine Linux"\nVERSION_ID=3.18.4\nPRETTY_NAME="Alpine Linux v3.18"\n'
DEBIAN = 'ID=debian\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
KEY = b"-----BEGIN RSA PRIVATE KEY-----\n" + base64.encodebytes(bytes(range(7, 127)) * 3) + b"-----END RSA PRIVATE KEY-----\n"
"""What looks like a private key, and opens nothing."""
FLAW = "CVE-2024-0001"
"""The flaw that the good Alpine image has."""


def apk(name: str, version: str) -> str:
    return f"P:{name}\nV:{version}\nA:x86_64\nL:MIT\no:{name}\n\n"


def deb(name: str, version: str) -> str:
    return f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n"


def alpine(*packages: tuple[str, str]) -> list[im.Entry]:
    """Return the files by which an Alpine is known: `musl` with the flaw, and more packages."""
    listed = "".join(apk(*package) for package in (("musl", "1.2.4-r0"), *packages))
    return [im.file("etc/os-release", OS_RELEASE), im.file("lib/apk/db/installed", listed)]


def debian(status: str | bytes) -> list[im.Entry]:
    return [im.file("etc/os-release", DEBIAN), im.file("var/lib/dpkg/status", status)]


def archive(folder: Path, *layers: Sequence[im.Entry] | im.Layer, **image: object) -> str:
    """Write a `docker save` archive of these layers; return its path."""
    steps = [layer if isinstance(layer, im.Layer) else im.Layer(layer) for layer in layers]
    path = folder / "image.tar"
    im.make_docker_archive(path, steps, **{"config": {"User": "65532"}, **image})  # type: ignore[arg-type]
    return str(path)


def headers(names: Iterable[bytes], *, flag: bytes = b"0", links: Iterable[bytes] = ()) -> bytes:
    """Return the headers of many empty members at once, without an end mark (POSIX ustar; longer names as GNU tar writes them)."""
    out = bytearray()
    for name, link in zip_longest(names, links, fillvalue=b""):
        for kind, text in ((b"L", name), (b"K", link)):
            if len(text) > 100:
                out += _header(b"././@LongLink", kind, b"", len(text) + 1) + text + bytes(512 - len(text) % 512)
        out += _header(name[:100], flag, link[:100], 0)
    return bytes(out)


def _header(name: bytes, flag: bytes, link: bytes, size: int) -> bytes:
    total = _EMPTY + sum(name) + sum(link) + flag[0] + sum(b"%011o" % size) - 11 * 48
    return b"%s0000644\x000000000\x000000000\0%011o\x0000000000000\0%06o\0 %s%sustar  \0%s" % (
        name.ljust(100, b"\0"), size, total, flag, link.ljust(100, b"\0"), bytes(247)
    )  # fmt: skip


_EMPTY = sum(b"0000644" + b"0" * 7 * 2 + b"0" * 11 * 2 + b" " * 8 + b"ustar  ")


def layout(folder: Path, *layers: Sequence[im.Entry] | im.Layer, **image: object) -> im.Made:
    """Write an OCI layout of these layers into `folder/layout`."""
    steps = [layer if isinstance(layer, im.Layer) else im.Layer(layer) for layer in layers]
    return im.make_oci_layout(folder / "layout", steps, **{"config": {"User": "65532"}, **image})  # type: ignore[arg-type]


def blob(made: im.Made, digest: str) -> Path:
    """Return the file of a blob of a layout."""
    return made.path / "blobs" / "sha256" / digest.removeprefix("sha256:")


def raw_layout(folder: Path, manifest: bytes | None = None, *, layers: Sequence[bytes] = (), config: bytes | None = None, **fields: object) -> Path:
    """Write a layout whose manifest and configuration are these bytes; without a manifest, one of the layers with these further `fields`."""
    blobs = im.Blobs()
    raw = config if config is not None else im.make_config([im.Layer(raw=layer) for layer in layers])
    if manifest is None:
        value = {
            "schemaVersion": 2,
            "mediaType": im.OCI_MANIFEST,
            "config": blobs.put(raw, im.OCI_CONFIG),
            "layers": [blobs.put(layer, im.OCI_LAYER) for layer in layers],
            **fields,
        }
        manifest = json.dumps(value).encode()
    root = blobs.put(manifest, im.OCI_MANIFEST)
    return blobs.write_layout(folder / "layout", [root])


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """Mount a memory file system on a new folder; skip where that is not allowed (in CI, where the tests are root: fail)."""
    folder.mkdir(parents=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], capture_output=True, text=True, check=False)
    if done.returncode:
        (pytest.fail if CI else pytest.skip)(f"mounting takes root: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


# ---------------------------------------------------------------------------------------------------------------- a mirror


def mirror(folder: Path, **replaced: bytes) -> Path:
    """Write a small mirror of advisories on Alpine 3.18, Debian 12, AlmaLinux 9 and the languages; `replaced` holds other bytes by feed id."""
    folder.mkdir(parents=True)
    secdb = json.dumps({"packages": [{"pkg": {"name": "musl", "secfixes": {"1.2.5-r0": [FLAW]}}}]}).encode()
    release = {"status": "resolved", "fixed_version": "2.0-1", "urgency": "high", "repositories": {"bookworm": "2.0-1"}}
    tracker = json.dumps({"evil": {FLAW: {"description": "An example.", "scope": "remote", "releases": {"bookworm": release}}}}).encode()
    cycles = [{"name": "debian", "releases": [{"name": "12", "codename": "Bookworm", "eolFrom": "2026-07-11", "eoesFrom": "2028-06-30"}]}]
    cycles.append({"name": "alpine-linux", "releases": [{"name": "3.18", "eolFrom": "2025-05-09"}]})  # type: ignore[list-item, dict-item]
    cycles.append({"name": "almalinux", "releases": [{"name": "9", "eolFrom": "2032-05-31"}]})  # type: ignore[list-item, dict-item]
    entry = {"cveID": FLAW, "dateAdded": DAY, "dueDate": DAY, "knownRansomwareCampaignUse": "Unknown"}
    parts: list[tuple[str, str, bytes]] = [
        ("alpine-secdb", "v3.18/main", secdb),
        ("alpine-secdb", "v3.18/community", secdb),
        ("debian-tracker", "debian", tracker),
        ("endoflife", "", json.dumps({"result": cycles}).encode()),
        ("kev", DAY, json.dumps({"dateReleased": DAY, "vulnerabilities": [entry]}).encode()),
        ("epss", DAY, f"#model_version:v2024.01.01,score_date:{DAY}T00:00:00Z\ncve,epss,percentile\n{FLAW},0.5,0.9\n".encode()),
        *(("osv", ecosystem, _osv(ecosystem)) for ecosystem in ("PyPI", "npm", "Go", "Maven", "AlmaLinux:9")),
    ]
    listed = []
    for number, (feed, partition, data) in enumerate(parts):
        data = replaced.get(feed.replace("-", "_"), data)
        (folder / f"{number}").write_bytes(data)
        sha256 = hashlib.sha256(data).hexdigest()
        stamp = {"sha256": sha256, "fetched_at": f"{DAY}T00:00:00Z", "data_date": DAY, "complete": True}
        listed.append({"feed": feed, "partition": partition, "path": f"{number}", **stamp})
    (folder / "index.json").write_text(json.dumps({"version": 1, "partitions": listed}))
    return folder


def _osv(ecosystem: str) -> bytes:
    events = [{"introduced": "0"}, {"fixed": "1.0.1"}]
    affected = [{"package": {"ecosystem": ecosystem, "name": "evil"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
    record = {"schema_version": "1.7.0", "id": "GHSA-evil-evil-evil", "modified": "2024-01-01T00:00:00Z", "aliases": [FLAW], "affected": affected}
    return zipped({"GHSA-evil-evil-evil.json": json.dumps(record).encode()})


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return a zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
