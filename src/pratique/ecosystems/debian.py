"""The Debian family: dpkg's status file, or one record a file (distroless); versions by the order of dpkg."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from pratique.catalog.distribution import label
from pratique.catalog.ecosystem import Declared, Ecosystem, Group, Keep
from pratique.catalog.observer import MIB, Member
from pratique.formats.deb822 import FAULT, blocks, fields
from pratique.formats.debversion import MAX_VERSION, order
from pratique.formats.licences import conjunction
from pratique.formats.purl import purl
from pratique.model import Document, Gap, Package, SourcePackage

MAX_PACKAGES = 100_000
"""Records of one database: all of Debian's main archive has some 70,000."""
MAX_GAPS = 20
"""Bad records said one by one; the rest by their number."""

PRESENT = frozenset({"installed", "unpacked", "half-configured", "half-installed", "triggers-awaited", "triggers-pending"})
"""States in which (some of) a package's files are there (dpkg(1), "Package states")."""
ABSENT = frozenset({"not-installed", "config-files"})


class Record(NamedTuple):
    """What one record of the database says of a package whose files are there."""

    name: str
    version: str
    arch: str
    source: SourcePackage
    maintainer: str
    depends: tuple[tuple[str, ...], ...]
    """Each a choice of names."""
    provides: tuple[str, ...]


# ------------------------------------------------------------------------------------------------------------------- records

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*")
_SOURCE = re.compile(r"(\S+)(?:\s+\((\S+)\))?")
_BINARY_REBUILD = re.compile(r"\+b\d+$")
_RESTRICTIONS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|<[^<>]*>")


@lru_cache(maxsize=4096)
def _record(block: str) -> tuple[Record | None, str]:
    """Return the record, None for a package that is not there; and what is wrong with it, if anything. Layers share most of their records."""
    found = fields(block)
    name, version = found.get("package", ""), found.get("version", "")
    status = found.get("status", "install ok installed").split()
    state = status[-1] if len(status) == 3 else ""
    if not _NAME.fullmatch(name):
        return None, f"a record has no package name: {block[:60]!r}"
    fault = f"the record of {name} is damaged: {found[FAULT]}" if FAULT in found else ""
    if state in ABSENT:
        return None, fault
    if state not in PRESENT:
        return None, f"the record of {name} has the unknown status {' '.join(status)[:60]!r}"
    if not version or len(version) > MAX_VERSION or len(version.split()) != 1:
        return None, f"the record of {name} has no version"
    record = Record(
        name,
        version,
        found.get("architecture", ""),
        _source(name, version, found.get("source", "")),
        " ".join(found.get("maintainer", "").split()),
        _choices(f"{found.get('pre-depends', '')},{found.get('depends', '')}"),
        tuple(choice[0] for choice in _choices(found.get("provides", ""))),
    )
    return record, fault


def _source(name: str, version: str, field: str) -> SourcePackage:
    """`Source: glibc (2.36-9)`; what is not said is the same as the binary package's, without the number of a rebuild (`+b1`)."""
    match = _SOURCE.match(field)
    stated = match[2] if match else None
    return SourcePackage(match[1] if match else name, stated or _BINARY_REBUILD.sub("", version))


def _choices(field: str) -> tuple[tuple[str, ...], ...]:
    """Read `a (>= 1), b:any | c` as `(("a",), ("b", "c"))`."""
    clauses = (clause.split("|") for clause in _RESTRICTIONS.sub("", field).split(","))
    return tuple(names for clause in clauses if (names := tuple(name for each in clause if (name := each.strip().partition(":")[0]))))


# ------------------------------------------------------------------------------------------------------------------ licences


def declared(_: Member, file: BinaryIO) -> Iterator[bytes]:
    """Reduce a machine-readable copyright file to the SPDX expression of its licences; nothing for a file that is not of that format.

    https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/: the licence of files stands in `Files` stanzas and in the header;
    stanzas that only hold a licence's text repeat alternatives one by one, and count where there is nothing else.
    """
    data = file.read()
    at = data.find(b"Format:", 0, HEADER)
    if at < 0 or (at and data[at - 1] not in b"\r\n") or not _FORMATS.search(data[at:].partition(b"\n")[0]):
        return
    if b"\r" in data[:HEADER]:
        data = data.replace(b"\r\n", b"\n")
    first, *rest = data.split(b"\nLicense:")
    of_files: dict[bytes, None] = {}
    of_texts: dict[bytes, None] = {}
    before, header = b"\n" + first, True
    for piece in rest:
        end = before.rfind(b"\n\n")
        header = header and end < 0
        name = piece.partition(b"\n")[0].strip()
        (of_files if header or before.find(b"\nFiles:", end + 1) >= 0 else of_texts)[name] = None
        before = piece
    licences = conjunction(name.decode("utf-8", "replace") for name in of_files or of_texts)
    if licences:
        yield licences.encode()


HEADER = 2048
"""Bytes within which the format of a copyright file is said: it is a field of the first stanza."""
_FORMATS = re.compile(rb"(?i)copyright-format|dep-?5|machine-readable")


# ------------------------------------------------------------------------------------------------------------------ packages


def packages(group: Group) -> Iterator[Package | Gap]:
    """Yield the packages whose files are there; two architectures of one name are two. A record that cannot be read is a Gap."""
    records: dict[tuple[str, str, str], tuple[Record, str]] = {}
    faults: list[tuple[str, str]] = []
    for document in group.documents:
        if document.role not in IDENTITY:
            continue
        for block in blocks(document.data.decode("utf-8", "replace")):
            record, fault = _record(block)
            if fault:
                faults.append((fault, document.path))
            if record is not None:
                if len(records) >= MAX_PACKAGES:
                    raise ValueError(f"the database lists more than {MAX_PACKAGES} packages")
                records.setdefault((record.name, record.version, record.arch), (record, document.path))
        if document.role == "debian:status" and document.data and not document.data.endswith(b"\n"):
            yield Gap("database-cut", "the file ends within a line; its last record may not be whole", blind=False, path=document.path)
    yield from _gaps(faults)
    yield from _packages(group, records)


def _packages(group: Group, records: dict[tuple[str, str, str], tuple[Record, str]]) -> Iterator[Package]:
    licences = _licences(group, [record for record, _ in records.values()])
    installed = {name for name, _, _ in records}
    providers = {virtual: record.name for record, _ in records.values() for virtual in record.provides}
    distribution = group.distribution
    namespace = distribution.id if distribution else ""
    release = label(distribution)
    for record, path in records.values():
        source = record.source
        same = source.name == record.name and source.version == record.version
        yield Package(
            type="deb",
            name=record.name,
            version=record.version,
            purl=purl(
                "deb",
                namespace,
                record.name.lower(),
                record.version,
                arch=record.arch,
                distro=release.replace(":", "-"),
                upstream="" if same else f"{source.name}@{source.version}",
            ),
            namespace=namespace,
            arch=record.arch,
            source=source,
            locations=(path,),
            licences=licences.get(record.name, ""),
            supplier=record.maintainer,
            depends=tuple(dict.fromkeys(_chosen(choice, installed, providers) for choice in record.depends)),
            distribution=release,
        )


def _licences(group: Group, records: list[Record]) -> dict[str, str]:
    """Return the licences of each package with a copyright file, or with a sibling of its source that has one: siblings link to one another's."""
    found = {d.path.rsplit("/", 2)[-2]: d.data.decode() for d in group.documents if d.role == "debian:copyright"}
    if not found:
        return found
    of_source = {record.source: found[record.name] for record in reversed(records) if record.name in found}
    return {record.name: found.get(record.name) or of_source.get(record.source, "") for record in records}


def _chosen(choice: tuple[str, ...], installed: set[str], providers: dict[str, str]) -> str:
    """Choose the alternative that is installed, or the package that provides one; the first where none is."""
    for name in choice:
        if name in installed:
            return name
    return next((providers[name] for name in choice if name in providers), choice[0])


def _gaps(faults: list[tuple[str, str]]) -> Iterator[Gap]:
    for message, path in faults[:MAX_GAPS]:
        yield Gap("record-unreadable", message, path=path, remedy="compare with `dpkg --audit` in a container of the image")
    if len(faults) > MAX_GAPS:
        yield Gap("record-unreadable", f"{len(faults) - MAX_GAPS} more records cannot be read", path=faults[-1][1])


# ----------------------------------------------------------------------------------------------------------------- ownership

MERGED = (b"bin", b"sbin", b"lib", b"lib32", b"lib64", b"libx32", b"libo32")
"""Directories that are links into `usr` since bookworm (https://wiki.debian.org/UsrMerge); file lists may still name the old place."""


def owned(group: Group, paths: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield each path with the package whose file list names it; distroless has the lists of checksums instead."""
    wanted: dict[bytes, list[str]] = {}
    for path in sorted(paths):
        for form in _forms(path.encode("utf-8", "surrogateescape")):
            wanted.setdefault(form, []).append(path)
    forms = frozenset(wanted)
    names = {d.path.rpartition("/")[2]: _name_within(d) for d in group.documents if d.role == "debian:status-d"}
    for document in group.documents:
        folder, _, file = document.path.rpartition("/")
        if document.role == "debian:list":
            name = file.removesuffix(".list").partition(":")[0]
            listed = forms.intersection(document.data.split(b"\n"))
        elif document.role == "debian:md5sums" and folder.endswith("/status.d"):
            name = names.get(file.removesuffix(".md5sums"), "")
            listed = forms.intersection(b"/" + line[34:].removeprefix(b"./").removeprefix(b"/") for line in document.data.split(b"\n"))
        else:
            continue
        if name:
            yield from ((path, name) for form in sorted(listed) for path in wanted[form])


def _forms(path: bytes) -> Iterator[bytes]:
    yield b"/" + path
    inner = path.removeprefix(b"usr/")
    if inner.partition(b"/")[0] in MERGED:
        yield b"/" + inner if inner != path else b"/usr/" + path


def _name_within(document: Document) -> str:
    """Read the package name within a record: the names of distroless's files are sometimes encoded."""
    return next((fields(block).get("package", "") for block in blocks(document.data.decode("utf-8", "replace"))), "")


# -------------------------------------------------------------------------------------------------------------- declarations

_MD5 = re.compile(rb"[0-9a-f]{32}")


def sums(group: Group) -> Iterator[Declared]:
    """Yield the checksums of packages (deb-md5sums(5)) and of their settings (`Conffiles`, deb-conffiles(5)), where diversions put the files."""
    diverted = _diversions(group)
    names = {d.path.rpartition("/")[2]: _name_within(d) for d in group.documents if d.role == "debian:status-d"}
    for document in group.documents:
        if document.role == "debian:md5sums":
            stem = document.path.rpartition("/")[2].removesuffix(".md5sums")
            name = names.get(stem) or stem.partition(":")[0]
            for line in document.data.split(b"\n"):
                if len(line) > 34 and _MD5.fullmatch(line, 0, 32):
                    path = line[34:].removeprefix(b"./").removeprefix(b"/").decode("utf-8", "surrogateescape")
                    if path in diverted and diverted[path][1] != name:
                        path = diverted[path][0]
                    yield Declared(path, "md5", bytes.fromhex(line[:32].decode()), name)
        elif document.role in IDENTITY and b"\nConffiles:" in document.data:
            yield from _settings(document, diverted)


def _settings(document: Document, diverted: Mapping[str, tuple[str, str]]) -> Iterator[Declared]:
    for block in blocks(document.data.decode("utf-8", "surrogateescape")):
        if "\nConffiles:" not in block:
            continue
        found = fields(block)
        name = found.get("package", "")
        for line in found.get("conffiles", "").split("\n"):
            path, _, rest = line.strip().partition(" ")  # no conffile has a space in its name (dpkg refuses it)
            digest = rest[:32]
            if path.startswith("/") and digest.isascii() and _MD5.fullmatch(digest.encode()):
                path = path[1:]
                if path in diverted and diverted[path][1] != name:
                    path = diverted[path][0]
                yield Declared(path, "md5", bytes.fromhex(digest), name, True)


def _diversions(group: Group) -> dict[str, tuple[str, str]]:
    """Read where files of all packages but one are put instead (dpkg-divert(1)): three lines each, the last `:` where a person said so."""
    found = {}
    for document in group.role("debian:diversions"):
        lines = document.data.decode("utf-8", "surrogateescape").split("\n")
        for original, instead, package in zip(lines[::3], lines[1::3], lines[2::3], strict=False):
            found[original.removeprefix("/")] = instead.removeprefix("/"), package
    return found


def _unless_checksums(member: Member, file: BinaryIO) -> Iterator[bytes]:
    """Keep the records of `status.d`; the checksums beside them have a role of their own."""
    if not member.path.endswith(".md5sums"):
        yield file.read()


IDENTITY = ("debian:status", "debian:status-d")

ECOSYSTEM = Ecosystem(
    type="deb",
    osv=("Debian", "Ubuntu"),
    revision="1",  # also changes with formats.licences, whose expressions are kept as evidence
    keeps=(
        Keep("debian:status", ("var/lib/dpkg/status",), limit=64 * MIB),
        Keep("debian:status-d", ("var/lib/dpkg/status.d/*",), limit=MIB, reduce=_unless_checksums),
        Keep("debian:list", ("var/lib/dpkg/info/*.list",), blind=False),
        Keep("debian:md5sums", ("var/lib/dpkg/info/*.md5sums", "var/lib/dpkg/status.d/*.md5sums"), blind=False),
        Keep("debian:diversions", ("var/lib/dpkg/diversions",), limit=MIB, blind=False),
        Keep("debian:copyright", ("usr/share/doc/*/copyright",), limit=2 * MIB, blind=False, reduce=declared),
    ),
    group=lambda document: document.root,
    packages=packages,
    order=order,
    ascending=(
        "1.0~~a",
        "1.0~rc1-1",
        "1.0~rc1-1+b1",
        "1.0",
        "1.0-1~deb12u1",
        "1.0-1",
        "1.0-1+b1",
        "1.0+dfsg-1",
        "1.0.1-1",
        "1.10-1",
        "2a-1",
        "1:0.1-1",
    ),
    database=True,
    identity=IDENTITY,
    owned=owned,
    declared=sums,
)
