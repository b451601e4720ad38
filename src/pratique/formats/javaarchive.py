"""What a Java archive says of itself: its manifest, the Maven files inside, its name (JAR File Specification; maven.apache.org/pom.html)."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

MAX_PROPERTY = 1_000
"""Characters of one value: coordinates have some 100."""
MAX_DEPTH = 64
"""Of a pom's elements: those that are read lie four deep, plugin settings perhaps twenty."""
MAX_DEPENDENCIES = 2_000

SUFFIXES = (".jar", ".war", ".ear", ".par", ".sar", ".jpi", ".hpi", ".kar", ".nar", ".aar")

_MANIFEST_KEYS = frozenset(
    {
        "automatic-module-name",
        "bundle-license",
        "bundle-symbolicname",
        "bundle-vendor",
        "bundle-version",
        "implementation-title",
        "implementation-vendor",
        "implementation-vendor-id",
        "implementation-version",
        "specification-version",
    }
)
_CLASSIFIER = re.compile(r"-(?:linux|osx|windows|win|mac|sources|javadoc|tests?|shaded|uber|exec|boot|all|with-dependencies)\b.*$", re.I)
_BOUNDARY = re.compile(r"-(?=v?\d+(?:\.\d|\D|$))")
_TIMESTAMP = re.compile(r"\d{8}\.\d{6}-\d+")
_REVERSE_DOMAIN = re.compile(r"(?:com|org|net|io|de|edu|eu|dev|uk|fr|ch|jakarta|javax)(?:\.[a-z][a-z0-9_-]*)+")


class Pom(msgspec.Struct, omit_defaults=True):
    """The values of a `pom.xml` that are read; the group and version may be the parent's."""

    group: str = ""
    artifact: str = ""
    version: str = ""
    licences: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    """`group:artifact` of what is needed when it runs."""
    supplier: str = ""


class Name(NamedTuple):
    """An archive's file name, taken apart: `guava-31.1-jre.jar`. The version is empty where the name has none."""

    artifact: str
    version: str


def manifest(data: bytes) -> dict[str, str]:
    """Return the values of a manifest's main section by lower-case key. A value goes on in lines that begin with a space."""
    values: dict[str, str] = {}
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").partition("\n\n")[0]
    for line in text.replace("\n ", "").split("\n"):
        key, colon, value = line.partition(":")
        key = key.strip().lower()
        if colon and key in _MANIFEST_KEYS and (value := resolved(value)):
            values[key] = value
    return values


def properties(data: bytes) -> dict[str, str]:
    """Return the entries of a `pom.properties` (java.util.Properties, of which Maven uses lines of `key=value` alone)."""
    values: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").replace("\r", "\n").split("\n"):
        key, sign, value = line.partition("=")
        if sign and not line.lstrip().startswith(("#", "!")):
            values[key.strip()] = resolved(value)
    return values


def resolved(value: str) -> str:
    """Return a value, or nothing where it still holds a property that was to be replaced (`${project.version}`)."""
    value = value.strip()
    return "" if "${" in value or "@" in value or len(value) > MAX_PROPERTY else value


def file_name(path: str, version: str = "") -> Name:
    """Take an archive's name apart, at a version that its manifest declares or where one seems to begin."""
    stem = path.rpartition("/")[2]
    stem = next((stem[: -len(suffix)] for suffix in SUFFIXES if stem.lower().endswith(suffix)), stem)
    if version and f"-{version}" in stem:
        return Name(stem[: stem.rindex(f"-{version}")], version)
    plain = _CLASSIFIER.sub("", stem)
    if snapshot := _TIMESTAMP.search(plain):
        at = plain.rfind("-", 0, max(0, snapshot.start() - 1))
        return Name(plain[:at], plain[at + 1 :]) if at > 0 else Name(stem, "")
    places = [match.start() for match in _BOUNDARY.finditer(plain)]
    # `log4j-1.2-api-2.17.1`: the last number with a dot begins the version; `asm-9`: else the last one.
    dotted = [place for place in places if re.match(r"-v?\d+\.\d", plain[place:])]
    at = (dotted or places or [0])[-1]
    return Name(plain[:at], plain[at + 1 :]) if at > 0 else Name(stem, "")


def group_of(artifact: str, values: dict[str, str], path: str) -> str:
    """Return the Maven group of an archive without Maven files where it can be told, else nothing.

    By the list of those whose builds leave no Maven files; by `Implementation-Vendor-Id`, where Maven writes it; by the folder, where the archive
    lies in a repository of Maven's layout (`org/example/tool/1.0/tool-1.0.jar`).
    """
    folders = path.split("/")[:-1]
    if len(folders) > 3 and folders[-2] == artifact:
        at = next((i for i, folder in enumerate(folders) if folder in {"repository", "maven2"}), -1)
        if 0 <= at < len(folders) - 3:
            return ".".join(folders[at + 1 : -2])
    vendor = values.get("implementation-vendor-id", "")
    if _REVERSE_DOMAIN.fullmatch(vendor):
        return vendor
    return next((group for pattern, group in _GROUPS if pattern.fullmatch(artifact)), "")


_GROUPS = tuple(
    (re.compile(pattern), group)
    for pattern, group in (
        (r"spring-(?:aop|aspects|beans|core|expression|instrument|jcl|jdbc|jms|messaging|orm|oxm|r2dbc|test|tx)", "org.springframework"),
        (r"spring-(?:context(?:-support|-indexer)?|web(?:flux|mvc|socket)?)", "org.springframework"),
        (r"spring-boot(?:-[a-z0-9-]+)?", "org.springframework.boot"),
        (r"spring-security-[a-z0-9-]+", "org.springframework.security"),
        (r"tomcat-embed-[a-z-]+", "org.apache.tomcat.embed"),
        (r"kotlin-(?:stdlib|reflect)[a-z0-9-]*", "org.jetbrains.kotlin"),
        (r"kotlinx-coroutines-[a-z0-9-]+", "org.jetbrains.kotlinx"),
        (r"(?:okhttp|logging-interceptor)", "com.squareup.okhttp3"),
        (r"okio(?:-jvm)?", "com.squareup.okio"),
        (r"micrometer-[a-z0-9-]+", "io.micrometer"),
        (r"reactor-core", "io.projectreactor"),
        (r"reactor-netty[a-z0-9-]*", "io.projectreactor.netty"),
        (r"kafka(?:_2\.\d+|-clients|-streams|-server[a-z-]*)", "org.apache.kafka"),
        (r"lucene-[a-z0-9-]+", "org.apache.lucene"),
        (r"bc(?:prov|pkix|util|pg|mail|tls)-(?:jdk|ext-jdk)[a-z0-9]+", "org.bouncycastle"),
        (r"mockito-[a-z-]+", "org.mockito"),
        (r"rxjava", "io.reactivex.rxjava3"),
        (r"lombok", "org.projectlombok"),
        (r"grpc-[a-z0-9-]+", "io.grpc"),
        (r"elasticsearch", "org.elasticsearch"),
        (r"jedis", "redis.clients"),
        (r"checker-(?:qual|compat-qual|util)", "org.checkerframework"),
    )
)  # fmt: skip
"""Libraries built by Gradle or Ant, which leave no Maven files in their archives, by their artifact on Maven Central."""


def pom(data: bytes) -> Pom:
    """Read a `pom.xml`. Raises `ValueError` for what is no XML, or declares entities or a document type: a pom needs neither, a bomb does."""
    from xml.parsers import expat

    found: dict[str, list[str]] = {}
    path: list[str] = []
    text: list[str] = []
    dependencies: list[dict[str, str]] = []

    def refuse(*_: object) -> None:
        raise ValueError("a pom.xml with a document type declaration, which is not read")

    def start(tag: str, _: dict[str, str]) -> None:
        path.append(tag.rpartition(":")[2])
        text.clear()
        if len(path) > MAX_DEPTH:
            raise ValueError(f"a pom.xml of more than {MAX_DEPTH} levels")
        if path == ["project", "dependencies", "dependency"] and len(dependencies) < MAX_DEPENDENCIES:
            dependencies.append({})

    def characters(part: str) -> None:
        if len(text) < MAX_PROPERTY:
            text.append(part)

    def end(_: str) -> None:
        value = resolved("".join(text))
        text.clear()
        if path[:3] == ["project", "dependencies", "dependency"] and len(path) == 4 and dependencies:
            dependencies[-1].setdefault(path[3], value)
        elif value and len(path) <= 4 and len(found.setdefault("/".join(path[1:]), [])) < 20:
            found["/".join(path[1:])].append(value)
        path.pop()

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.CharacterDataHandler = characters
    parser.EndElementHandler = end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(f"a pom.xml that is no XML: {error}") from None

    def one(*keys: str) -> str:
        return next((found[key][0] for key in keys if found.get(key)), "")

    needed = (
        f"{d['groupId']}:{d['artifactId']}"
        for d in dependencies
        if d.get("groupId") and d.get("artifactId") and d.get("scope", "compile") in {"compile", "runtime", ""} and d.get("optional") != "true"
    )
    licences = tuple(found.get("licenses/license/name", ()) or found.get("licenses/license/url", ()))
    return Pom(
        group=one("groupId", "parent/groupId"),
        artifact=one("artifactId"),
        version=one("version", "parent/version"),
        licences=licences,
        depends=tuple(sorted(set(needed))),
        supplier=one("organization/name"),
    )
