"""Java: jars, wars and ears, also nested and shaded, as Maven's coordinates (group, artifact, version).

Who an archive is: what its `pom.properties` say (several: libraries were merged into it, each is listed); else its manifest; else its name. Without
a group nothing can be looked up: such an archive is listed by its name, and a Gap says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import msgspec

from pratique.catalog.ecosystem import Ecosystem, Group, Keep
from pratique.catalog.observer import MIB, Member
from pratique.formats import javaarchive
from pratique.formats.javaarchive import SUFFIXES, Pom
from pratique.formats.mavenversion import MavenVersion
from pratique.formats.purl import purl
from pratique.model import Document, Gap, Package

ARCHIVE, MANIFEST, PROPERTIES, POM = "maven:archive", "maven:manifest", "maven:properties", "maven:pom"
"""`ARCHIVE`: an empty Document for every archive that was opened, so that one without any of the others is seen too."""

_INSIDE = "META-INF/maven/"
_NOT_CODE = ("-sources.jar", "-javadoc.jar")


class _Artifact(NamedTuple):
    group: str
    artifact: str
    version: str
    path: str
    pom: Pom = Pom()


def reduce_manifest(member: Member, file: BinaryIO) -> Iterator[bytes | Gap]:
    """Keep the values of an archive's manifest that are read."""
    if _java(_archive(member.path)):
        yield msgspec.json.encode(javaarchive.manifest(file.read()))


def reduce_properties(_: Member, file: BinaryIO) -> Iterator[bytes | Gap]:
    """Keep the coordinates of a `pom.properties`."""
    values = javaarchive.properties(file.read())
    yield msgspec.json.encode({key: values.get(key, "") for key in ("groupId", "artifactId", "version")})


def reduce_pom(_: Member, file: BinaryIO) -> Iterator[bytes | Gap]:
    """Keep the values of a `pom.xml` that are read. Raises `ValueError` for what is no pom."""
    yield msgspec.json.encode(javaarchive.pom(file.read()))


def group(document: Document) -> str:
    """Return the innermost archive, or the folder that one was unpacked to."""
    if document.role == ARCHIVE:
        return document.path
    return _archive(document.path) or document.path.partition("META-INF/")[0].rstrip("/")


def packages(group: Group) -> Iterator[Package | Gap]:
    """Yield the artifacts of one archive: the archive itself and what was merged into it."""
    if not _java(group.key) and not any(group.role(PROPERTIES)):
        return
    found = _artifacts(group)
    values = next((msgspec.json.decode(d.data, type=dict[str, str]) for d in group.role(MANIFEST)), {})
    main = _main(found, group.key)
    for artifact in found:
        yield _package(artifact, values if artifact is main else {})
    if main is None and _java(group.key):
        yield from _by_manifest(group, values, found)


def order(version: str) -> MavenVersion:
    """Return a version's key as Maven compares. Raises `ValueError` for what cannot be a version."""
    return MavenVersion(version)


def _artifacts(group: Group) -> list[_Artifact]:
    """Return what the Maven files of an archive name, each once. The folder gives group and artifact where a file does not."""
    poms: dict[str, tuple[Pom, str]] = {}
    for document in group.role(POM):
        poms[document.path.rpartition("/")[0]] = msgspec.json.decode(document.data, type=Pom), document.path
    named: dict[str, tuple[dict[str, str], str]] = {}
    for document in group.role(PROPERTIES):
        named[document.path.rpartition("/")[0]] = msgspec.json.decode(document.data, type=dict[str, str]), document.path
    found: dict[tuple[str, str, str], _Artifact] = {}
    for folder in sorted(poms.keys() | named.keys()):
        pom, pom_path = poms.get(folder, (Pom(), ""))
        values, path = named.get(folder, ({}, pom_path))
        in_group, _, in_artifact = folder.rpartition(_INSIDE)[2].partition("/")
        key = (values.get("groupId") or in_group, values.get("artifactId") or in_artifact, values.get("version") or pom.version)
        found.setdefault(key, _Artifact(*key, path, pom))
    return list(found.values())


def _main(found: list[_Artifact], key: str) -> _Artifact | None:
    """Return the artifact that is the archive itself: the longest whose name the file's begins with, or the only one of the file's version."""
    stem = key.rpartition("/")[2].rpartition(".")[0]
    matching = [a for a in found if a.artifact and (stem == a.artifact or stem.startswith((f"{a.artifact}-", f"{a.artifact}.", f"{a.artifact}_")))]
    if matching:
        return max(matching, key=lambda a: (len(a.artifact), a.version in stem))
    version = javaarchive.file_name(key).version
    return found[0] if len(found) == 1 and version in {"", found[0].version} else None


def _by_manifest(group: Group, values: dict[str, str], found: list[_Artifact]) -> Iterator[Package | Gap]:
    """Yield the archive by its manifest and name."""
    declared = values.get("implementation-version") or values.get("bundle-version") or values.get("specification-version") or ""
    name = javaarchive.file_name(group.key, declared)
    symbolic = values.get("bundle-symbolicname", "").partition(";")[0].strip()
    artifact = name.artifact or values.get("implementation-title", "") or symbolic
    version = name.version or declared
    if group.key.endswith(_NOT_CODE) or (found and not name.version):
        return
    if not version:
        yield _gap("java-archive-unknown", "A Java archive says neither in its files nor in its name what it is.", group.key)
        return
    # The manifest of an archive that others were merged into may be one of theirs: then it does not name the group.
    namespace = javaarchive.group_of(artifact, {} if found else values, group.key)
    if not namespace:
        yield _gap(
            "java-group-unknown", f"The group of the Java archive {artifact} {version} is not known: it is held against no advisory.", group.key
        )
    path = next((d.path for d in group.role(MANIFEST)), group.key)
    yield _package(_Artifact(namespace, artifact, version, path), values)


def _package(artifact: _Artifact, values: dict[str, str]) -> Package | Gap:
    from pratique.formats.licences import expression

    if not artifact.version or not artifact.artifact:
        return _gap("java-version-unknown", f"The version of {artifact.group}:{artifact.artifact} in a Java archive is not known.", artifact.path)
    words = artifact.pom.licences or tuple(word.partition(";")[0].strip() for word in values.get("bundle-license", "").split(",") if word.strip())
    return Package(
        type="maven",
        name=artifact.artifact,
        version=artifact.version,
        purl=purl("maven", artifact.group, artifact.artifact, artifact.version),
        namespace=artifact.group,
        locations=(artifact.path,),
        licences=expression(" OR ".join(words)),  # a pom that lists several offers a choice (pom.html, Licenses)
        supplier=artifact.pom.supplier or values.get("implementation-vendor", "") or values.get("bundle-vendor", ""),
        depends=artifact.pom.depends,
    )


def _gap(id: str, message: str, path: str) -> Gap:
    return Gap(id, message, blind=False, path=path, remedy="Ask its publisher for its Maven coordinates, or name it in an SBOM of your own.")


def _archive(path: str) -> str:
    return path.rpartition("!/")[0]


def _java(path: str) -> bool:
    return path.lower().endswith(SUFFIXES)


ECOSYSTEM = Ecosystem(
    type="maven",
    osv=("Maven",),
    revision="1",
    keeps=(
        Keep(ARCHIVE),  # the pass itself yields them
        Keep(PROPERTIES, patterns=("META-INF/maven/*/*/pom.properties",), limit=MIB, reduce=reduce_properties),
        Keep(POM, patterns=("META-INF/maven/*/*/pom.xml",), limit=4 * MIB, blind=False, reduce=reduce_pom),
        Keep(MANIFEST, patterns=("META-INF/MANIFEST.MF",), limit=16 * MIB, reduce=reduce_manifest),
    ),
    group=group,
    packages=packages,
    order=order,
    ascending=(
        "1-alpha",
        "1.0-alpha2",
        "1.0-beta-1",
        "1.0-m3",
        "1.0-rc1",
        "1.0-SNAPSHOT",
        "1.0",
        "1.0-sp1",
        "1.0-jre",
        "1.0-1",
        "1.0.1.Final",
        "1.0.10",
        "1.1",
        "10",
    ),
)
