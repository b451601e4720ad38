"""RPM: one database of package headers, in one of three formats; versions by the order of rpm.

Where it lies: `/var/lib/rpm` (rpm's `%_dbpath` until lately), `/usr/lib/sysimage/rpm` (Fedora, SUSE), `/usr/share/rpm` (rpm-ostree). What it is:
`Packages` (Berkeley DB), `rpmdb.sqlite` with its write-ahead log, or `Packages.db` (ndb). Distroless images of CBL-Mariner and Azure Linux
have no database, but a list made by `rpm --query` (https://github.com/microsoft/CBL-Mariner/blob/2.0/toolkit/docs/building/5_misc.md).

`gpg-pubkey` entries are keys and no software: they are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, NamedTuple
from urllib.parse import quote

from pratique.catalog.ecosystem import Declared, Ecosystem, Group, Keep
from pratique.catalog.observer import MIB, Member, Take
from pratique.formats import evr, rpmdatabase
from pratique.formats.licences import expression
from pratique.formats.purl import purl
from pratique.formats.rpmdatabase import MAX_HEADERS
from pratique.formats.rpmheader import FileFlag, Header, Tag
from pratique.formats.rpmrequire import capabilities
from pratique.model import Distribution, Document, Gap, Package, SourcePackage

LIMIT = 256 * MIB
"""Of a database file: some ten times that of a large server."""
MANIFEST_LIMIT = 16 * MIB

PLACES = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
SQLITE, LOG, NDB, BERKELEYDB, MANIFEST = "rpm:sqlite", "rpm:sqlite-wal", "rpm:ndb", "rpm:bdb", "rpm:manifest"
IDENTITY = (SQLITE, NDB, BERKELEYDB, MANIFEST)
"""In this order: where there are two, rpm itself reads the newer format."""
KEYS = "gpg-pubkey"
FILES = (Tag.NAME, Tag.BASENAMES, Tag.DIRNAMES, Tag.DIRINDEXES, Tag.FILEFLAGS)
MAX_LISTS = 8 * MIB
"""File lists held while a database is read; with more, it is read twice."""


# ------------------------------------------------------------------------------------------------- what is kept of a file


def _keep_sqlite(_: Member, file: BinaryIO) -> Iterator[bytes | Gap]:
    yield rpmdatabase.keep_sqlite(file)


def _keep_log(_: Member, file: BinaryIO) -> Iterator[bytes | Gap]:
    kept, dropped = rpmdatabase.keep_log(file)
    yield kept  # an empty one too: it hides that of a layer below
    if dropped:
        yield Gap("rpm-log-uncommitted", f"{dropped} changes of the RPM database were never committed; as rpm does, they are left out.", blind=False)


def _keep_ndb(_: Member, file: BinaryIO) -> Iterator[bytes | Gap]:
    yield rpmdatabase.keep_ndb(file)


def _keep_berkeleydb(_: Member, file: BinaryIO) -> Iterator[bytes | Gap]:
    yield rpmdatabase.keep_berkeleydb(file)


# ------------------------------------------------------------------------------------------------------------------ packages


class Entry(NamedTuple):
    """What is read of one package, before its dependencies are known."""

    name: str
    epoch: int
    version: str
    """Version and release, without epoch."""
    arch: str
    source: str
    """The file name of the source package."""
    licence: str
    vendor: str
    module: str
    requires: list[bytes]
    provides: list[bytes]


def databases(group: Group) -> list[Document]:
    """Return the documents of a group that are a database, first the one that rpm would read."""
    return sorted((d for d in group.documents if d.role in IDENTITY), key=lambda d: (IDENTITY.index(d.role), d.path))


def packages(group: Group) -> Iterator[Package | Gap]:
    """Yield the packages of the database that rpm would read; of several, the first that has any."""
    done = False
    for document in databases(group):
        found = _from_manifest(group, document) if document.role == MANIFEST else _from_database(group, document)
        if not done:
            for item in found:
                done = done or isinstance(item, Package)
                yield item
        elif any(isinstance(item, Package) for item in found):
            message = f"{document.path} lists packages too, but rpm reads another database here: they are left out."
            yield Gap("rpm-database-second", message, blind=False, path=document.path)


def _headers(group: Group, document: Document) -> Iterator[Header | ValueError]:
    log = next((d.data for d in group.role(LOG) if d.path == f"{document.path}-wal"), b"")
    return rpmdatabase.headers(document.data, log)


def _from_database(group: Group, document: Document) -> Iterator[Package | Gap]:
    entries, faults = list[Entry](), list[ValueError]()
    providers: dict[bytes, str] = {}
    lists, size = list[bytes](), 0
    for header in _headers(group, document):
        try:
            if isinstance(header, ValueError):
                raise header
            entry = _entry(header)
        except ValueError as error:
            faults.append(error)
            continue
        if entry.name != KEYS:
            entries.append(entry)
            if size <= MAX_LISTS:
                try:
                    lists.append(header.reduced(FILES))
                    size += len(lists[-1])
                except ValueError as error:
                    faults.append(error)
            for capability in entry.provides:
                providers.setdefault(capability, entry.name)
    if faults:
        message = f"The RPM database {document.path} cannot be read whole: {faults[0]}{f' (and {len(faults) - 1} more)' if len(faults) > 1 else ''}."
        remedy = "Rebuild the database (`rpm --rebuilddb`) where the image is built, and scan again."
        yield Gap("rpm-database-unreadable", message, path=document.path, remedy=remedy)
    needed = set(chain.from_iterable(map(capabilities, chain.from_iterable(entry.requires for entry in entries))))
    files = map(Header, lists) if size <= MAX_LISTS else _headers(group, document)
    for path, owner in rpmdatabase.owners(files, (c for c in needed if c.startswith(b"/") and c not in providers)):
        providers.setdefault(path, owner)
    for entry in entries:
        found = dict.fromkeys(providers.get(name, "") for required in entry.requires for name in capabilities(required))
        yield _package(entry, group.distribution, document.path, tuple(name for name in found if name not in ("", entry.name)))


def _entry(header: Header) -> Entry:
    name, version, release = header.string(Tag.NAME), header.string(Tag.VERSION), header.string(Tag.RELEASE)
    if not name or not version:
        raise ValueError(f"a package without {'version' if name else 'name'}")
    return Entry(
        name=name,
        epoch=header.integer(Tag.EPOCH) or 0,
        version=f"{version}-{release}" if release else version,
        arch=header.string(Tag.ARCH),
        source=header.string(Tag.SOURCERPM),
        licence=header.string(Tag.LICENSE),
        vendor=header.string(Tag.VENDOR),
        module=header.string(Tag.MODULARITYLABEL),
        requires=header.raw_strings(Tag.REQUIRENAME),
        provides=header.raw_strings(Tag.PROVIDENAME),
    )


def _from_manifest(group: Group, document: Document) -> Iterator[Package | Gap]:
    """Read `container-manifest-2`: name, version-release, install time, build time, vendor, epoch, size, arch, epoch as number, source package."""
    lines = document.data.decode("utf-8", "replace").splitlines()
    bad = max(0, len(lines) - MAX_HEADERS)
    for line in lines[:MAX_HEADERS]:
        columns = ["" if column == "(none)" else column for column in line.split("\t")]
        if not line.strip() or columns[0] == KEYS:
            continue
        if len(columns) < 10 or not columns[0] or not columns[1]:
            bad += 1
            continue
        name, version, _, _, vendor, _, _, arch, epoch, source = columns[:10]
        number = int(epoch) if epoch.isascii() and epoch.isdigit() and len(epoch) <= 10 else 0  # a 32-bit number
        yield _package(Entry(name, number, version, arch, source, "", vendor, "", [], []), group.distribution, document.path, ())
    if bad:
        message, remedy = f"{bad} lines of {document.path} are no packages.", "Compare the file with what the image's build wrote."
        yield Gap("rpm-database-unreadable", message, path=document.path, remedy=remedy)


def _package(entry: Entry, distribution: Distribution | None, path: str, depends: tuple[str, ...]) -> Package:
    return Package(
        type="rpm",
        name=entry.name,
        version=f"{entry.epoch}:{entry.version}" if entry.epoch else entry.version,
        purl=package_url(entry, distribution),
        namespace=namespace(distribution),
        arch=entry.arch,
        source=source_package(entry.source),
        module=entry.module,
        locations=(path,),
        licences=expression(entry.licence),
        supplier=entry.vendor,
        depends=depends,
    )


def namespace(distribution: Distribution | None) -> str:
    """Return the purl namespace: the distribution's id, but Red Hat's and openSUSE's own word for theirs."""
    if distribution is None:
        return ""
    return "redhat" if distribution.id == "rhel" else "opensuse" if distribution.id.startswith("opensuse") else distribution.id.lower()


def package_url(entry: Entry, distribution: Distribution | None) -> str:
    """Return the package URL (purl specification, type `rpm`): the version without its epoch, which is a qualifier."""
    qualifiers = {
        "arch": entry.arch,
        "distro": f"{distribution.id}-{distribution.version_id}".rstrip("-") if distribution else "",
        "epoch": str(entry.epoch) if entry.epoch else "",
        "upstream": entry.source,
    }
    query = "&".join(f"{name}={quote(value, safe=':')}" for name, value in qualifiers.items() if value)
    return f"{purl('rpm', namespace(distribution), entry.name, entry.version)}{'?' if query else ''}{query}"


def source_package(file: str) -> SourcePackage | None:
    """Return name and version-release of a source package from its file name, `bash-5.1.8-6.el9.src.rpm`; its epoch is not written there."""
    stem = file.removesuffix(".rpm").removesuffix(".src").removesuffix(".nosrc")
    name, _, version = stem.rpartition("-")[0].rpartition("-")
    return SourcePackage(name, stem[len(name) + 1 :]) if name and version else None


def owned(group: Group, paths: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield `(path, name)` for each path that a package lists and has the content of (not `%ghost`), also where `/usr` is merged."""
    known = {f"/{path}".encode("utf-8", "surrogateescape"): path for path in paths}
    for document in databases(group):
        if document.role != MANIFEST and any(isinstance(header, Header) for header in _headers(group, document)):
            for path, name in rpmdatabase.owners(_headers(group, document), known):
                yield known[path], name
            return


ALGORITHMS = {0: "md5", 1: "md5", 2: "sha1", 8: "sha256"}
"""Of FILEDIGESTALGO (RFC 9580, 9.5); absent: MD5, as rpm 4.4 and older wrote it. Longer ones are in use by no distribution."""
VERIFY_DIGEST = 1
"""Bit of FILEVERIFYFLAGS: without it (`%verify(not filedigest)`) the content is expected to change."""


def sums(group: Group) -> Iterator[Declared]:
    """Yield the digests of the files of the database that rpm would read, of all but ghosts."""
    for document in databases(group):
        if document.role == MANIFEST:
            continue
        found = False
        for header in _headers(group, document):
            if isinstance(header, Header):
                found = True
                try:
                    yield from _sums(header)
                except ValueError:
                    continue
        if found:
            return


def _sums(header: Header) -> Iterator[Declared]:
    owner, (folders, numbers, names) = header.string(Tag.NAME), header.files()
    digests, flags, verify = header.raw_strings(Tag.FILEDIGESTS), header.integers(Tag.FILEFLAGS), header.integers(Tag.FILEVERIFYFLAGS)
    algorithm = ALGORITHMS.get(header.integer(Tag.FILEDIGESTALGO) or 0)
    if algorithm is None or len(digests) != len(names):
        return
    below = [folder[1:].decode("utf-8", "surrogateescape") for folder in folders]
    for place, digest in enumerate(digests):
        flag = flags[place] if place < len(flags) else 0
        if not digest or flag & FileFlag.GHOST:
            continue  # folders, links and devices have none
        config = bool(flag & FileFlag.CONFIG) or (place < len(verify) and not verify[place] & VERIFY_DIGEST)
        try:
            wanted = bytes.fromhex(digest.decode("ascii"))
        except ValueError:
            continue
        yield Declared(below[numbers[place]] + names[place].decode("utf-8", "surrogateescape"), algorithm, wanted, owner, config)


def _root(document: Document) -> str:
    return document.root


def _in_places(name: str) -> tuple[str, ...]:
    return tuple(f"{place}/{name}" for place in PLACES)


ECOSYSTEM = Ecosystem(
    type="rpm",
    osv=("AlmaLinux", "Azure Linux", "Mageia", "openEuler", "openSUSE", "Photon OS", "Red Hat", "Rocky Linux", "SUSE"),
    revision="2",
    keeps=(
        Keep(SQLITE, _in_places("rpmdb.sqlite"), limit=LIMIT, take=Take.SEEKABLE, reduce=_keep_sqlite),
        Keep(LOG, _in_places("rpmdb.sqlite-wal"), limit=LIMIT, take=Take.SEEKABLE, reduce=_keep_log),
        Keep(NDB, _in_places("Packages.db"), limit=LIMIT, take=Take.SEEKABLE, reduce=_keep_ndb),
        Keep(BERKELEYDB, _in_places("Packages"), limit=LIMIT, take=Take.SEEKABLE, reduce=_keep_berkeleydb),
        Keep(MANIFEST, ("var/lib/rpmmanifest/container-manifest-2",), limit=MANIFEST_LIMIT),
    ),
    group=_root,
    packages=packages,
    order=evr.key,
    ascending=(
        "1.0~rc1-1",
        "1.0-1",
        "1.0-1.el9",
        "1.0-1.el9_2",
        "1.0-2.el9",
        "1.0^20240101-1",
        "1.0a-1",
        "1.0.1-1",
        "1.2-1",
        "1.10-1",
        "1.10.a-1",
        "1.10.1-1",
        "5.4.0-1",
        "1:1.0-1",
        "2:0.1-1",
    ),
    database=True,
    identity=IDENTITY,
    owned=owned,
    declared=sums,
)
