"""Python: what is installed in any environment, by its `dist-info` or `egg-info`.

After the PyPA specifications "Recording installed projects" and "Core metadata"; versions by PEP 440, names by PEP 503.
A wheel that merely lies around is not installed. What pip and setuptools carry inside themselves (`_vendor`) is listed with its location.
"""

from __future__ import annotations

import posixpath
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any, BinaryIO

from pratique.catalog.ecosystem import Declared, Ecosystem, Group, Keep
from pratique.catalog.observer import MIB, Member
from pratique.formats.purl import purl
from pratique.model import Document, Gap, Package

METADATA, VENDORED, RECORD = "pypi:metadata", "pypi:vendored", "pypi:record"

MAX_LINES = 20_000
"""Header lines read of one METADATA: extras make some thousands in the largest projects."""
MAX_LINE = 2_000
"""Characters kept of one line: requirements with long markers have some hundreds."""
MAX_VALUE = 16_384
"""Characters kept of one value with its continuation lines: a licence's whole text may stand there."""
MAX_PEOPLE = 500
MAX_LICENCE = 200
"""A `License` longer than this is the licence's text and no name."""

_KEPT = frozenset(
    {"name", "version", "license", "license-expression", "author", "author-email", "maintainer", "maintainer-email", "requires-dist", "classifier"}
)
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_EXTRA = re.compile(r"\bextra\s*(?:==|in)|(?:==|in)\s*extra\b")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"\S{1,200}")
_PINNED = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*==\s*([A-Za-z0-9][A-Za-z0-9.!+_-]*)")


@lru_cache(maxsize=1 << 14)
def normalise(name: str) -> str:
    """Return a project's name as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def reduce(member: Member, file: BinaryIO) -> Iterator[bytes | Gap]:
    """Keep the header fields that are read, of installed projects only."""
    if ".whl!/" in member.path or "/~" in f"/{member.path}":  # pip ignores `~ame.dist-info`, the rest of an interrupted removal
        return
    kept = []
    wanted = False
    for number, line in enumerate(file):
        if not line.strip():
            break
        if number >= MAX_LINES:
            yield Gap("pypi-metadata-long", f"Only the first {MAX_LINES} lines of this metadata were read.", blind=False, path=member.path)
            break
        if line[:1] not in b" \t":
            key, colon, value = line.partition(b":")
            word = key.decode("ascii", "replace").strip().lower()
            wanted = bool(colon) and word in _KEPT and (word != "classifier" or value.lstrip().startswith(b"License ::"))
        if wanted:
            kept.append(line[:MAX_LINE].rstrip(b"\r\n"))
    yield b"\n".join(kept)


def reduce_vendored(member: Member, file: BinaryIO) -> Iterator[bytes | Gap]:
    """Keep the list of what a project carries inside itself."""
    if ".whl!/" not in member.path:
        yield file.read()


def reduce_record(member: Member, file: BinaryIO) -> Iterator[bytes | Gap]:
    """Keep the lines of a RECORD that declare a digest."""
    if ".whl!/" not in member.path:
        yield b"\n".join(line.rstrip() for line in file if b",sha256=" in line)


def sums(group: Group) -> Iterator[Declared]:
    """Yield the digests that RECORD declares: `path,sha256=DIGEST,size` (CSV), the digest in base64 for URLs without padding."""
    for document in group.role(RECORD):
        above = document.path.rpartition("/")[0].rpartition("/")[0]
        name = normalise(document.path[len(above) :].strip("/").partition("-")[0])
        for line in document.data.decode("utf-8", "surrogateescape").split("\n"):
            path, _, rest = line.rpartition(",sha256=")
            digest = rest.partition(",")[0]
            if not path or path.startswith("/"):
                continue
            if path[0] == '"':
                path = path.strip('"').replace('""', '"')
            try:
                declared = urlsafe_b64decode(digest + "=" * (-len(digest) % 4))
            except ValueError:
                continue
            path = posixpath.normpath(f"{above}/{path}") if "../" in path else f"{above}/{path}" if above else path
            if not path.startswith("../"):
                yield Declared(path, "sha256", declared, name)


def packages(group: Group) -> Iterator[Package | Gap]:
    """Yield the project of one `dist-info` or `egg-info`, or those of one `_vendor` folder."""
    for document in group.role(METADATA):
        yield _project(document)
    for document in group.role(VENDORED):
        for line in document.data.decode("utf-8", "replace").splitlines():
            if match := _PINNED.match(line):
                name, version = normalise(match[1]), match[2]
                yield Package("pypi", name, version, purl("pypi", "", name, version), locations=(document.path,))


def order(version: str) -> Any:
    """Return a version's key by PEP 440. Raises `ValueError`, also for what pip once accepted as a legacy version."""
    return _version()(version)


@cache
def _version() -> Any:
    from packaging.version import Version

    return Version


def _project(document: Document) -> Package | Gap:
    from pratique.formats.licences import conjunction, expression

    fields = _fields(document.data.decode("utf-8", "replace"))
    name, version = _first(fields, "name"), _first(fields, "version")
    if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
        return Gap(
            "pypi-metadata-incomplete",
            f"The metadata of an installed Python project has no {'version' if _NAME.fullmatch(name) else 'valid name'}.",
            path=document.path,
            remedy="Install the project again; until then it is not known what it is.",
        )
    name = normalise(name)
    declared = _first(fields, "license")
    short = declared if len(declared) <= MAX_LICENCE and "\n" not in declared else ""
    licences = expression(_first(fields, "license-expression") or short) or conjunction(fields.get("classifier", ())) or expression(declared)
    return Package(
        type="pypi",
        name=name,
        version=version,
        purl=purl("pypi", "", name, version),
        locations=(document.path,),
        licences=licences,
        supplier=_people(fields, "author") or _people(fields, "maintainer"),
        depends=tuple(sorted(set(_required(fields.get("requires-dist", ()))))),
    )


def _fields(text: str) -> dict[str, list[str]]:
    """Return header fields by lower-case name, each value with its continuation lines (RFC 5322 as core metadata uses it)."""
    fields: dict[str, list[str]] = {}
    values: list[str] = []
    for line in text.split("\n"):
        if line[:1] in (" ", "\t") and values:
            if len(values[-1]) < MAX_VALUE:
                values[-1] += f"\n{line.strip()}"
        else:
            key, _, value = line.partition(":")
            values = fields.setdefault(key.strip().lower(), [])
            values.append(value.strip())
    return fields


def _first(fields: dict[str, list[str]], key: str) -> str:
    value = next(iter(fields.get(key, ())), "").strip()
    return "" if value.upper() == "UNKNOWN" else value  # what distutils wrote for nothing


def _people(fields: dict[str, list[str]], who: str) -> str:
    """Return a person's name: their own field, or the display name before the address."""
    if name := _first(fields, who):
        return " ".join(name[:MAX_PEOPLE].split())
    mail = " ".join(_first(fields, f"{who}-email")[:MAX_PEOPLE].split())
    return re.sub(r'\s*<[^>]*>|"', "", mail).strip() or mail


def _required(requirements: Iterable[str]) -> Iterator[str]:
    """Yield the names that are needed without any extra (PEP 508)."""
    for requirement in requirements:
        _, _, marker = requirement.partition(";")
        if (match := _REQUIREMENT.match(requirement)) and not _EXTRA.search(marker):
            yield normalise(match[1])


ECOSYSTEM = Ecosystem(
    type="pypi",
    osv=("PyPI",),
    revision="1",
    keeps=(
        Keep(
            METADATA,
            patterns=("*.dist-info/METADATA", "*.egg-info/PKG-INFO", "EGG-INFO/PKG-INFO", "*.egg-info"),
            limit=16 * MIB,
            reduce=reduce,
        ),
        Keep(RECORD, patterns=("*.dist-info/RECORD",), blind=False, reduce=reduce_record),
        Keep(VENDORED, patterns=("_vendor/vendor.txt", "_vendor/vendored.txt"), limit=MIB, blind=False, reduce=reduce_vendored),
    ),
    group=lambda document: document.path if document.path.endswith(".egg-info") else document.path.rpartition("/")[0],
    packages=packages,
    order=order,
    ascending=("1.0.dev1", "1.0a1.dev1", "1.0a1", "1.0b2", "1.0rc1", "1.0", "1.0+local.1", "1.0.post1", "1.1", "1.10", "1!0.1"),
    normalise=normalise,
    declared=sums,
)
