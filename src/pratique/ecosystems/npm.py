"""npm: the `package.json` of every installed module (docs.npmjs.com, "folders" and "package.json"; versions by node-semver).

An installed module lies in `node_modules/NAME` or `node_modules/@SCOPE/NAME`. A `package.json` deeper inside a module only says how to load its
files; one outside of any `node_modules` is an application's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, TypeVar

import msgspec

from pratique.catalog.ecosystem import Ecosystem, Group, Keep
from pratique.catalog.observer import MIB, Member
from pratique.formats import semver
from pratique.formats.purl import purl
from pratique.model import Document, Gap, Package

MANIFEST = "npm:package"

T = TypeVar("T")

MAX_DEPENDENCIES = 2_000
"""Names kept of one module: the largest real ones have some hundreds."""

MAX_WORD = 1_000
"""Characters of a name, version, licence or author: npm allows 214 of a name, semver 256 of a version."""

_MODULE = re.compile(r"(?:^|/)node_modules/(?:@[^/]+/)?[^/@.][^/]*/package\.json$")
_WITHIN = re.compile(r"node_modules/(?:@[^/]+/)?[^/]+")
_CASES = frozenset(
    {"test", "tests", "__tests__", "fixture", "fixtures", "__fixtures__", "testdata", "example", "examples", "benchmark", "benchmarks"}
)
"""Folders of a module that hold material of its tests: modules below them are made up."""

_NAME = re.compile(r"(?:(@[^/@\s]+)/)?([^/@\s]+)")


class _Manifest(msgspec.Struct):
    """The keys that are read, each still as JSON: a module may write anything."""

    name: msgspec.Raw = msgspec.Raw(b"null")
    version: msgspec.Raw = msgspec.Raw(b"null")
    license: msgspec.Raw = msgspec.Raw(b"null")
    licenses: msgspec.Raw = msgspec.Raw(b"null")
    author: msgspec.Raw = msgspec.Raw(b"null")
    dependencies: msgspec.Raw = msgspec.Raw(b"null")


class _Typed(msgspec.Struct):
    """`{"type": "MIT"}` of licences before SPDX, `{"name": "…"}` of people."""

    type: str = ""
    name: str = ""


class Kept(msgspec.Struct, omit_defaults=True):
    """What is kept of a `package.json`."""

    name: str = ""
    version: str = ""
    licence: str = ""
    author: str = ""
    depends: tuple[str, ...] = ()


def installed(path: str) -> bool:
    """Whether a path is the `package.json` of an installed module, by its place alone."""
    if _MODULE.search(path) is None:
        return False
    _, _, inside = path[: path.rindex("node_modules/")].partition("node_modules/")
    return not inside or _CASES.isdisjoint(_WITHIN.sub("", f"node_modules/{inside}").split("/"))


def reduce(member: Member, file: BinaryIO) -> Iterator[bytes | Gap]:
    """Keep what is needed of a module's `package.json`; nothing of others. Raises `ValueError` where it is not the JSON of an object."""
    if installed(member.path):
        yield msgspec.json.encode(_read(file.read()))


def packages(group: Group) -> Iterator[Package | Gap]:
    """Yield the module of one folder."""
    from pratique.formats.licences import expression

    for document in group.role(MANIFEST):
        kept = msgspec.json.decode(document.data, type=Kept)
        match = _NAME.fullmatch(kept.name or _folder_name(document))
        if match is None or not kept.version:
            yield Gap(
                "npm-manifest-incomplete",
                "An installed npm module has no name or version in its package.json.",
                blind=False,
                path=document.path,
                remedy="Look whether it is a module at all; if so, its version is not known.",
            )
            continue
        scope, name = match.groups(default="")
        yield Package(
            type="npm",
            name=name,
            version=kept.version,
            purl=purl("npm", scope, name, kept.version),
            namespace=scope,
            locations=(document.path,),
            licences=expression(kept.licence),
            supplier=kept.author,
            depends=kept.depends,
        )


def order(version: str) -> semver.Key:
    """Return a version's key by node-semver, loose as its publishers once were. Raises `ValueError`."""
    return semver.key(version, loose=True)


def _read(data: bytes) -> Kept:
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    try:
        manifest = msgspec.json.decode(text, type=_Manifest)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"a package.json that cannot be read: {error}") from None
    return Kept(
        name=_text(manifest.name),
        version=_text(manifest.version),
        licence=_licence(manifest),
        author=_person(manifest.author),
        depends=tuple(sorted(_decoded(manifest.dependencies, dict[str, msgspec.Raw]) or ()))[:MAX_DEPENDENCIES],
    )


def _decoded(raw: msgspec.Raw, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, RecursionError):
        return None


def _text(raw: msgspec.Raw) -> str:
    text = (_decoded(raw, str) or "").strip()
    return text if len(text) <= MAX_WORD else ""


def _licence(manifest: _Manifest) -> str:
    """Return the declared licence: a text, an object, or a list of either, any of which may be chosen (deprecated forms of package.json)."""
    if text := _text(manifest.license):
        return text
    for raw in (manifest.license, manifest.licenses):
        if typed := _decoded(raw, _Typed):
            return typed.type[:MAX_WORD]
        if items := _decoded(raw, list[msgspec.Raw]):
            words = [_text(item) or (one.type if (one := _decoded(item, _Typed)) else "") for item in items[:20]]
            return " OR ".join(word for word in words if word)
        if text := _text(raw):
            return text
    return ""


def _person(raw: msgspec.Raw) -> str:
    """Return the name of `Name <mail> (url)` or of `{"name": …}`."""
    text = _text(raw) or (person.name[:MAX_WORD] if (person := _decoded(raw, _Typed)) else "")
    return re.split(r"[<(]", text, maxsplit=1)[0].strip()


def _folder_name(document: Document) -> str:
    return document.path[document.path.rindex("node_modules/") + len("node_modules/") :].removesuffix("/package.json")


ECOSYSTEM = Ecosystem(
    type="npm",
    osv=("npm",),
    revision="1",
    keeps=(Keep(MANIFEST, patterns=("node_modules/*/package.json", "node_modules/@*/*/package.json"), limit=4 * MIB, reduce=reduce),),
    group=lambda document: document.path.rpartition("/")[0],
    packages=packages,
    order=order,
    ascending=(
        "0.0.0-0",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "v1.0.0",
        "1.0.1+build",
        "1.10.0",
    ),
)
