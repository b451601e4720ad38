"""Real RPM databases, and small ones made by rpm's own tools or after its formats, for the tests of their readers."""

from __future__ import annotations

import io
import shutil
import sqlite3
import struct
import subprocess
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from conftest import need, shared

ALMA8 = "almalinux-8-micro-s390x.docker.tar.gz"
ALMA9 = "almalinux-9-micro-aarch64.docker.tar.gz"
FORMAT = "%{NAME} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE} %{ARCH} %{SOURCERPM} %{MODULARITYLABEL}\n"

SPEC = """
Name: {name}
Version: {version}
Release: {release}
Summary: made for a test
License: {licence}
Vendor: Example Vendor
BuildArch: noarch
{more}
%description
%install
mkdir -p %{{buildroot}}/usr/bin %{{buildroot}}/usr/lib/{name}
echo {name} > %{{buildroot}}/usr/bin/{name}
echo {name} > %{{buildroot}}/usr/lib/{name}/ghost.conf
%files
/usr/bin/{name}
%ghost /usr/lib/{name}/ghost.conf
"""


def extract(image: str, name: str) -> bytes:
    """Return a file of a one-layer image of the shared test data."""
    with tarfile.open(shared("images", image)) as archive:
        for outer in archive:
            if outer.isfile() and outer.size > 1 << 20 and (stream := archive.extractfile(outer)):
                with tarfile.open(fileobj=stream) as layer:
                    for member in layer:
                        if member.name.removeprefix("./") == name and (file := layer.extractfile(member)):
                            return file.read()
    raise LookupError(name)


def query(folder: Path) -> list[str]:
    """Return what `rpm -qa` lists, without the keys; an epoch of 0 is none."""
    command = [need("rpm"), "-qa", "--dbpath", str(folder), "--qf", FORMAT]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return sorted(line.replace(" 0:", " ", 1) for line in listed.splitlines() if not line.startswith("gpg-pubkey "))


def build(folder: Path, name: str, version: str = "1.0", release: str = "1", licence: str = "MIT", more: str = "") -> Path:
    """Make one package by `rpmbuild`."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = folder / f"{name}.spec"
    spec.write_text(SPEC.format(name=name, version=version, release=release, licence=licence, more=more))
    subprocess.run([need("rpmbuild", package="rpm"), "-bb", "--define", f"_topdir {folder}/top", str(spec)], check=True, capture_output=True)
    return next((folder / "top" / "RPMS").rglob(f"{name}-{version}-{release}.*.rpm"))


def install(folder: Path, packages: Iterable[Path]) -> Path:
    """Install packages into a new database (sqlite, the one kind that Debian's rpm writes)."""
    folder.mkdir(parents=True)
    options = ["--dbpath", str(folder), "--nodeps", "--noscripts", "--justdb", "--ignorearch", "--force-debian"]
    subprocess.run([need("rpm"), "-i", *options, *map(str, packages)], check=True, capture_output=True)
    return folder / "rpmdb.sqlite"


def blobs(database: Path) -> list[bytes]:
    """Return the headers of an sqlite database, read by SQLite itself."""
    connection = sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)
    try:
        return [blob for (blob,) in connection.execute("SELECT blob FROM Packages ORDER BY hnum")]
    finally:
        connection.close()


def ndb(headers: Iterable[bytes], holes: Iterable[int] = ()) -> bytes:
    """Write `Packages.db` after rpm's `lib/backend/ndb/rpmpkg.c`; the slots of the packages in `holes` are free again."""
    headers = list(headers)
    pages = -(-(32 + 16 * len(headers)) // 4096)
    slots, data, block = bytearray(), bytearray(), pages * 256
    for number, header in enumerate(headers, 1):
        count = -(-(16 + len(header) + 12) // 16)
        body = (struct.pack("<4s3I", b"BlbS", number, 1700000000, len(header)) + header).ljust(count * 16 - 12, b"\0")
        tail = struct.pack("<2I4s", zlib.adler32(body), len(header), b"BlbE")
        free = number in holes
        slots += struct.pack("<4s3I", b"Slot", *((0, 0, 0) if free else (number, block, count)))
        data += bytes(count * 16) if free else body + tail
        block += count
    slots += struct.pack("<4s12x", b"Slot") * (pages * 256 - 2 - len(headers))
    return struct.pack("<4s4I12x", b"RpmP", 0, 7, pages, len(headers) + 1) + slots + data


def header(tags: dict[int, tuple[int, int, bytes]]) -> bytes:
    """Write an RPM header: for each tag its type, count and bytes."""
    index, store = b"", b""
    for tag, (kind, count, value) in tags.items():
        store += bytes(-len(store) % 8)
        index += struct.pack(">4I", tag, kind, len(store), count)
        store += value
    return struct.pack(">2I", len(tags), len(store)) + index + store


def text(value: str) -> tuple[int, int, bytes]:
    """A string of a header."""
    return 6, 1, value.encode() + b"\0"


def load_berkeleydb(folder: Path, dump: bytes, order: int, page: int) -> bytes:
    """Write a hash database by Berkeley DB's own `db5.3_load`."""
    path = folder / f"Packages.{order}.{page}"
    options = ["-t", "hash", "-c", f"db_lorder={order}", "-c", f"db_pagesize={page}"]
    subprocess.run([need("db5.3_load", package="db5.3-util"), *options, str(path)], input=dump, check=True, capture_output=True)
    return path.read_bytes()


def dump_berkeleydb(path: Path) -> bytes:
    """Read a database by Berkeley DB's own `db5.3_dump`."""
    return subprocess.run([need("db5.3_dump", package="db5.3-util"), str(path)], check=True, capture_output=True).stdout


def pairs(dump: bytes) -> list[tuple[bytes, bytes]]:
    """Return the pairs of a dump."""
    lines = [bytes.fromhex(line.decode().strip()) for line in dump.split(b"HEADER=END\n")[1].splitlines() if line.startswith(b" ")]
    return list(zip(lines[::2], lines[1::2], strict=True))


def copy_open(database: Path, folder: Path) -> Path:
    """Copy a database with its log as they lie on the disk."""
    folder.mkdir(parents=True)
    for name in (database.name, f"{database.name}-wal"):
        if (database.parent / name).exists():
            shutil.copy(database.parent / name, folder / name)
    return folder / database.name


def file(data: bytes) -> io.BytesIO:
    """A file in memory."""
    return io.BytesIO(data)
