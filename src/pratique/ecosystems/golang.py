"""Go: the modules that an executable was built from, and the standard library of its toolchain.

From the build information in ELF executables, also stripped and `-trimpath` (`go version -m` shows the same); versions by golang.org/x/mod/semver.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from pratique.catalog.ecosystem import Ecosystem, Group, Keep
from pratique.catalog.observer import MIB, Fact, Member, Stream, Take
from pratique.formats import gobuildinfo, semver
from pratique.formats.purl import purl
from pratique.model import Document, Gap, Package

BUILDINFO = "golang:buildinfo"
PASSING = "golang:passing"
"""The same, of executables whose beginning does not look like Go: they are too many to be spooled, and searched as they pass."""

MAX_MODULES = 10_000
"""Modules of one executable: the largest real ones have some 1,500."""
DEVEL = "(devel)"
"""What Go writes for a module that was built from a working copy: which version it is was not recorded."""

_TOOLCHAIN = re.compile(r"go(\d+)\.(\d+)(?:\.(\d+))?(?:(rc|beta)(\d+))?(?![\d.])")


def reduce(member: Member, file: BinaryIO) -> Iterator[bytes | Gap]:
    """Keep the build information of a Go executable: one line with the toolchain, then the lines of `go version -m`.

    Raises `ValueError` for a Go executable whose information is damaged.
    """
    head = file.read(8192)
    is_go = gobuildinfo.NOTE in head
    try:
        found = gobuildinfo.find(file)
    except ValueError:
        if is_go or gobuildinfo.may_be_go(head):
            raise
        return  # some other ELF file, damaged or of a kind that nobody runs
    if found is not None:
        yield kept(found)
    elif is_go:
        yield _note("go-buildinfo-missing", "A Go executable has no build information (built before Go 1.13, or packed).", member.path)


class Passing(Stream):
    """Looks for build information while an executable passes."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._search = gobuildinfo.Search()

    def feed(self, block: bytes | memoryview) -> None:
        """Take the next block."""
        self._search.feed(block)

    def close(self) -> Iterator[Fact]:
        """Give what was found. Raises `ValueError` for build information that is damaged."""
        if found := self._search.result():
            yield Document(PASSING, self._member.path, kept(found))


def kept(found: gobuildinfo.BuildInfo) -> bytes:
    """Return build information as the Document that `packages` reads."""
    return f"{found.version}\n{found.modules}".encode()


def packages(group: Group) -> Iterator[Package | Gap]:
    """Yield the standard library, the main module and its dependencies, as they were linked."""
    for document in group.documents:
        toolchain, _, modules = document.data.decode("utf-8", "replace").partition("\n")
        yield _standard_library(toolchain, document)
        found = list(islice(_modules(modules), MAX_MODULES + 1))
        needed = tuple(sorted({path for kind, path, _ in found if kind == "dep"}))
        if modules.startswith("path\tcmd/") and (release := _release(toolchain)):
            yield _package("toolchain", release, document)  # Go's own tools: OSV names them so, by the version of Go
        elif not found:
            yield _note("go-without-modules", "A Go executable was built without modules: which libraries it holds is not recorded.", document.path)
        if len(found) > MAX_MODULES:
            yield Gap("go-modules-limit", f"Only the first {MAX_MODULES} modules of a Go executable were read.", path=document.path)
        for kind, path, version in found[:MAX_MODULES]:
            yield _package(path, version, document, needed if kind == "mod" else ())


def order(version: str) -> semver.Key:
    """Return a version's key: semantic versions with or without `v`, pseudo-versions among them. Raises `ValueError`, also for `(devel)`."""
    return semver.key(version)


def _modules(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield `(mod or dep, path, version)`, replacements in place of what they replace (runtime/debug.ParseBuildInfo)."""
    pending: tuple[str, str, str] | None = None
    for line in text.split("\n"):
        match line.rstrip("\r").split("\t"):
            case ["mod" | "dep" as word, path, *rest] if path:
                if pending:
                    yield pending
                pending = (str(word), path, rest[0] if rest and rest[0] else DEVEL)
            case ["=>", path, *rest] if pending and path:
                kind, replaced, _ = pending
                # A folder in its place (`=> ../fork`) has no version: it is the same module in a state that nobody recorded.
                local = path.startswith((".", "/")) or not rest or not rest[0]
                pending = (kind, replaced, DEVEL) if local else (kind, path, rest[0])
    if pending:
        yield pending


def _standard_library(toolchain: str, document: Document) -> Package | Gap:
    release = _release(toolchain)
    if release:
        return _package("stdlib", release, document)
    return _note("go-toolchain-unreleased", f"A Go executable was built by an unreleased toolchain ({toolchain[:80]}).", document.path)


def _release(toolchain: str) -> str:
    """Return `go1.21rc2` as the semantic version by which OSV orders it: `1.21.0-rc.2`; empty for a toolchain that was never released."""
    match = _TOOLCHAIN.match(toolchain)
    if match is None:
        return ""
    major, minor, patch, stage, number = match.groups()
    return f"{major}.{minor}.{patch or 0}{f'-{stage}.{number}' if stage else ''}"


def _package(path: str, version: str, document: Document, depends: tuple[str, ...] = ()) -> Package:
    namespace, _, name = path.rpartition("/")
    identity = purl("golang", namespace.lower(), name.lower(), version)  # lower case in the purl alone: OSV's names keep theirs
    return Package("golang", name, version, identity, namespace, locations=(document.path,), depends=depends)


def _note(id: str, message: str, path: str) -> Gap:
    return Gap(id, message, blind=False, path=path, remedy="Ask its publisher for an SBOM, or build it again with a current Go.")


ECOSYSTEM = Ecosystem(
    type="golang",
    osv=("Go",),
    revision="1",
    keeps=(
        Keep(BUILDINFO, magic=(b"\x7fELF",), limit=1024 * MIB, take=Take.SEEKABLE, reduce=reduce, peek=gobuildinfo.may_be_go),
        Keep(PASSING, magic=(b"\x7fELF",), take=Take.STREAM, stream=Passing, peek=gobuildinfo.may_hide_go),
    ),
    group=lambda document: document.path,
    packages=packages,
    order=order,
    ascending=(
        "v0.0.0-20190308221718-c2843e01d9a2",
        "v0.0.0-20210921155107-089bfa567519",
        "v1.2.3-pre",
        "v1.2.3-pre.0.20191109021931-daa7c04131f5",
        "v1.2.3",
        "v1.2.4-0.20191109021931-daa7c04131f5",
        "1.2.4",
        "v1.21.0-rc.2",
        "v1.21.0",
        "v2.0.0+incompatible",
        "v2.0.1-0.20200101000000-aaaaaaaaaaaa+incompatible",
    ),
)
