"""Alpine, Wolfi, Chainguard: one database in plain text (apk-v2(5)); versions by the order of apk-tools 3 (src/version.c)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from pratique.catalog.distribution import label
from pratique.catalog.ecosystem import Declared, Ecosystem, Group, Keep
from pratique.catalog.observer import MIB
from pratique.formats.licences import expression
from pratique.formats.purl import purl
from pratique.model import Gap, Package, SourcePackage

MAX_PACKAGES = 100_000
"""Records of one database: all of Alpine has some 35,000 packages."""
MAX_GAPS = 20
"""Bad records said one by one; the rest by their number."""
MAX_VERSION = 256
"""Characters of a version: real ones have at most some 60."""
MAX_FIELDS = 1_000
"""Fields of one record before its files: real ones have some 16."""


class Record(NamedTuple):
    """What one record of the database says of a package, files left out."""

    fields: dict[str, str]
    path: str


# ------------------------------------------------------------------------------------------------------------------- records

_END = re.compile(r"\n[ \t\r]*\n")


def _fields(block: str) -> tuple[dict[str, str] | None, str]:
    """Read the fields of a record, one letter each, up to its files; and say what is wrong with it, if anything."""
    head = block.partition("\nF:")[0]
    found: dict[str, str] = {}
    fault = ""
    for line in head.split("\n")[:MAX_FIELDS]:
        name, colon, value = line.partition(":")
        if not colon:
            fault = f"a line is no field: {line[:60]!r}"
        elif name in found:
            fault = f"the field {name[:20]!r} is given twice"
        else:
            found[name] = value.strip()
    if "\nP:" in block[len(head) :]:
        fault = "it runs into the next one"
    if not found.get("P") or len(found["P"].split()) != 1:
        return None, f"a record has no package name: {head[:60]!r}"
    if not found.get("V") or len(found["V"]) > MAX_VERSION or len(found["V"].split()) != 1:
        return None, f"the record of {found['P']} has no version"
    return found, f"the record of {found['P']} is damaged: {fault}" if fault else ""


def packages(group: Group) -> Iterator[Package | Gap]:
    """Yield the packages of the database. A record that cannot be read is a Gap."""
    records: dict[tuple[str, str, str], Record] = {}
    faults: list[tuple[str, str]] = []
    for document in group.documents:
        for block in _END.split(document.data.decode("utf-8", "replace")):
            if not block.strip():
                continue
            found, fault = _fields(block.strip("\n"))
            if fault:
                faults.append((fault, document.path))
            if found is None:
                continue
            if len(records) >= MAX_PACKAGES:
                raise ValueError(f"the database lists more than {MAX_PACKAGES} packages")
            records.setdefault((found["P"], found["V"], found.get("A", "")), Record(found, document.path))
        if document.data and not document.data.endswith(b"\n"):
            yield Gap("database-cut", "the file ends within a line; its last record may not be whole", blind=False, path=document.path)
    for message, path in faults[:MAX_GAPS]:
        yield Gap("record-unreadable", message, path=path, remedy="compare with `apk info -v` in a container of the image")
    if len(faults) > MAX_GAPS:
        yield Gap("record-unreadable", f"{len(faults) - MAX_GAPS} more records cannot be read", path=faults[-1][1])
    providers = {name: record.fields["P"] for record in records.values() for name in _names(record.fields.get("p", ""))}
    providers.update((name, name) for name, _, _ in records)
    for record in records.values():
        yield _package(group, record, providers)


def _package(group: Group, record: Record, providers: dict[str, str]) -> Package:
    found = record.fields
    name, version, arch = found["P"], found["V"], found.get("A", "")
    distribution = group.distribution
    namespace = distribution.id if distribution else ""
    release = label(distribution)
    origin = found.get("o") or name
    depends = dict.fromkeys(providers.get(each, each) for each in _names(found.get("D", "")))
    return Package(
        type="apk",
        name=name,
        version=version,
        purl=purl("apk", namespace, name.lower(), version, arch=arch, distro=release.replace(":", "-"), upstream="" if origin == name else origin),
        namespace=namespace,
        arch=arch,
        source=SourcePackage(origin, version),
        locations=(record.path,),
        licences=expression(found.get("L", "")),
        supplier=" ".join(found.get("m", "").split()),
        depends=tuple(each for each in depends if each != name),
        distribution=release,
    )


_CONSTRAINT = re.compile(r"[<>=~@]")


def _names(field: str) -> Iterator[str]:
    """Yield the names of a list of dependencies or provisions, without versions; `!x`, a conflict, is none."""
    return (_CONSTRAINT.split(word, maxsplit=1)[0] for word in field.split() if word[0] != "!")


# ----------------------------------------------------------------------------------------------------------------- ownership


def owned(group: Group, paths: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield each path with the package whose record names it: folders in `F:`, the files of each in the `R:` that follow."""
    wanted: dict[str, dict[str, list[str]]] = {}
    for path in sorted(paths):
        for form in _forms(path):
            folder, _, file = form.rpartition("/")
            wanted.setdefault(folder, {}).setdefault(file, []).append(path)
    for document in group.documents:
        name, files = "", wanted.get("", {})
        for line in document.data.decode("utf-8", "surrogateescape").split("\n"):
            field = line[:2]
            if field == "R:":
                for path in files.get(line[2:], ()):
                    yield path, name
            elif field == "F:":
                files = wanted.get(line[2:], {})
            elif field == "P:":
                name, files = line[2:].strip(), wanted.get("", {})


MERGED = ("bin/", "sbin/", "lib/")
"""Directories that are links into `usr` in Wolfi and in newer releases of Alpine."""


def _forms(path: str) -> tuple[str, ...]:
    inner = path.removeprefix("usr/")
    if not inner.startswith(MERGED):
        return (path,)
    return (path, inner if inner != path else f"usr/{path}")


# -------------------------------------------------------------------------------------------------------------- declarations

PROTECTED = "etc/"
"""The folder of settings, which apk keeps as they are when it upgrades (`protected_paths.d/alpine-release.list` begins with it)."""


def sums(group: Group) -> Iterator[Declared]:
    """Yield the checksums of files, `Z:Q1` and the SHA-1 in base64 (apk-v2(5)); of a symbolic link it is that of its target's name."""
    for document in group.documents:
        name = folder = file = ""
        for line in document.data.decode("utf-8", "surrogateescape").split("\n"):
            field = line[:2]
            if field == "R:":
                file = line[2:]
            elif field == "Z:":
                if file and line.startswith("Z:Q1"):
                    path = f"{folder}/{file}" if folder else file
                    with suppress(binascii.Error, ValueError):
                        yield Declared(path, "sha1", binascii.a2b_base64(line[4:]), name, path.startswith(PROTECTED))
                file = ""
            elif field == "F:":
                folder, file = line[2:], ""
            elif field == "P:":
                name, folder, file = line[2:].strip(), "", ""


# --------------------------------------------------------------------------------------------------------------------- order

_VERSION = re.compile(
    r"(?P<digits>[0-9]+(?:\.[0-9]+)*)"
    r"(?P<letter>[a-z]?)(?P<number>[0-9]*)"
    r"(?P<suffixes>(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)"
    r"(?:~(?P<hash>[0-9a-fA-F]+))?"
    r"(?:-r(?P<revision>[0-9]+))?"
)
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")
_BEFORE = {"alpha": 1, "beta": 2, "pre": 3, "rc": 4}
_AFTER = {"cvs": 5, "svn": 6, "git": 7, "hg": 8, "p": 9}

# What may come next, from oldest to newest: at the first difference in kind, the order of the kinds decides.
_PRE_SUFFIX, _NOTHING, _REVISION, _HASH, _SUFFIX_NUMBER, _POST_SUFFIX, _LETTER_NUMBER, _LETTER, _ZERO_DIGITS, _DIGITS = range(10)


def order(version: str) -> tuple[int | str, ...]:
    """Return the key of a version, `digits{.digits}{letter}{_suffix{number}}{~hash}{-rN}`. Raises `ValueError` for any other text.

    A component with a leading zero is older than any without and compares with its like as text (`1.010` < `1.02` < `1.1`); the first never.
    A number after the letter is of apk-tools 2, and stands in versions still installed.
    """
    match = _VERSION.fullmatch(version.strip()) if len(version) <= MAX_VERSION else None
    if match is None or (match["number"] and not match["letter"]):
        raise ValueError(f"not an apk version: {version[:60]!r}")
    first, *components = match["digits"].split(".")
    key: list[int | str] = [int(first)]
    for component in components:
        key += (_ZERO_DIGITS, component) if component[0] == "0" else (_DIGITS, int(component))
    if match["letter"]:
        key += (_LETTER, match["letter"])
    if match["number"]:
        key += (_LETTER_NUMBER, int(match["number"]))
    for word, number in _SUFFIX.findall(match["suffixes"]):
        key += (_PRE_SUFFIX, _BEFORE[word]) if word in _BEFORE else (_POST_SUFFIX, _AFTER[word])
        if number:
            key += (_SUFFIX_NUMBER, int(number))
    if match["hash"]:
        key += (_HASH, match["hash"])
    if match["revision"]:
        key += (_REVISION, int(match["revision"]))
    key.append(_NOTHING)
    return tuple(key)


ECOSYSTEM = Ecosystem(
    type="apk",
    osv=("Alpine", "Wolfi", "Chainguard"),
    revision="1",
    keeps=(Keep("alpine:installed", ("lib/apk/db/installed", "usr/lib/apk/db/installed"), limit=64 * MIB),),
    group=lambda document: document.root,
    packages=packages,
    order=order,
    ascending=(
        "1.0_alpha",
        "1.0_alpha2",
        "1.0_beta",
        "1.0_pre1",
        "1.0_rc1",
        "1.0",
        "1.0-r1",
        "1.0-r10",
        "1.0~ab12",
        "1.0_git2",
        "1.0_p1",
        "1.0a",
        "1.0.1",
        "1.010",
        "1.02",
        "1.1",
        "1.10",
    ),
    database=True,
    identity=("alpine:installed",),
    owned=owned,
    declared=sums,
)
