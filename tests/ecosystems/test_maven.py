"""Java archives: real ones against Maven's own list, made ones nested and shaded."""

import contextlib
import io
import itertools
import re
import subprocess
import zipfile

import pytest
from conftest import need
from ecosystems.walking import found
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.catalog.ecosystem import Group
from pratique.ecosystems.maven import ARCHIVE, ECOSYSTEM
from pratique.formats import javaarchive
from pratique.model import Document, Gap, Package

WANTED = (
    "org.apache.logging.log4j:log4j-core:2.14.1",
    "org.apache.logging.log4j:log4j-1.2-api:2.14.1",
    "org.springframework:spring-webmvc:5.3.17",
    "com.google.guava:guava:31.1-jre",
    "com.fasterxml.jackson.core:jackson-databind:2.13.2.1",
)
PROJECT = """<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version>
<dependencies>{}</dependencies></project>"""


@pytest.fixture(scope="module")
def libraries(tmp_path_factory):
    """Libraries with all they need, and Maven's list of them."""
    mvn = need("mvn", package="maven")
    folder = tmp_path_factory.mktemp("maven")
    blocks = ("<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>".format(*w.split(":")) for w in WANTED)
    (folder / "pom.xml").write_text(PROJECT.format("".join(blocks)))
    goals = ["dependency:copy-dependencies", "dependency:list", "-DoutputDirectory=lib", "-DoutputFile=list", "-DincludeScope=runtime"]
    subprocess.run([mvn, "-q", "-B", *goals], cwd=folder, check=True, timeout=400, capture_output=True)
    return folder, set(re.findall(r"^ +([\w.-]+:[\w.-]+):jar:([\w.-]+):", (folder / "list").read_text(), re.M))


def test_the_list_equals_that_of_maven(libraries):
    folder, truth = libraries
    packages, gaps = found(ECOSYSTEM, folder / "lib")
    assert {(p.full_name, p.version) for p in packages} == truth
    assert len(packages) == len(truth) > 15
    assert gaps == []


def test_licences_and_needs_are_those_of_the_pom(libraries):
    packages, _ = found(ECOSYSTEM, libraries[0] / "lib")
    jackson = next(p for p in packages if p.name == "jackson-databind")
    assert jackson.licences == "Apache-2.0"
    assert jackson.purl == "pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.13.2.1"
    assert "com.fasterxml.jackson.core:jackson-core" in jackson.depends


def properties(group, artifact, version):
    return {
        f"META-INF/maven/{group}/{artifact}/pom.properties": f"#made\r\ngroupId={group}\r\nartifactId={artifact}\r\nversion={version}\r\n".encode()
    }


def archive(files, manifest="Manifest-Version: 1.0\r\n"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in ({"META-INF/MANIFEST.MF": manifest} if manifest else {}).items() | files.items():
            out.writestr(name, data)
    return buffer.getvalue()


def look(tmp_path, **archives):
    for name, data in archives.items():
        (tmp_path / name).write_bytes(data)
    packages, gaps = found(ECOSYSTEM, tmp_path)
    return {(p.full_name, p.version) for p in packages}, {g.id for g in gaps}


def test_archives_nested_in_each_other_are_seen(tmp_path):
    library = archive(properties("org.example", "lib", "1.2"))
    war = archive({"WEB-INF/lib/lib-1.2.jar": library, **properties("org.example", "web", "3.0")})
    ear = archive({"web.war": war})
    assert look(tmp_path, **{"big.ear": ear})[0] == {("org.example:lib", "1.2"), ("org.example:web", "3.0")}


def test_a_jar_of_the_jdk_with_merged_libraries_names_each(tmp_path):
    for path, data in (properties("org.example", "app", "1.0") | properties("com.other", "merged", "0.9")).items():
        (tmp_path / "in" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / path).write_bytes(data)
    (tmp_path / "out").mkdir()
    subprocess.run([need("jar", "default-jdk-headless"), "cf", "out/app-1.0.jar", "-C", "in", "."], cwd=tmp_path, check=True, timeout=60)
    assert look(tmp_path / "out") == ({("org.example:app", "1.0"), ("com.other:merged", "0.9")}, set())


def test_an_archive_without_any_file_of_its_own_is_known_by_its_name(tmp_path):
    packages, gaps = look(tmp_path, **{"thing-2.1.jar": archive({"A.class": b""}, manifest="")})
    assert packages == {("thing", "2.1")}
    assert gaps == {"java-group-unknown"}


def test_an_archive_that_says_nothing_is_said(tmp_path):
    assert look(tmp_path, **{"thing.jar": archive({})}) == (set(), {"java-archive-unknown"})


def test_a_renamed_archive_is_still_what_its_files_say(tmp_path):
    assert look(tmp_path, **{"app.jar": archive(properties("org.example", "service", "1.0"))}) == ({("org.example:service", "1.0")}, set())


def test_the_group_of_a_known_gradle_build_is_known(tmp_path):
    manifest = "Manifest-Version: 1.0\nImplementation-Title: spring-core\nImplementation-Version: 5.3.\n 17\n\nName: x\nImplementation-Version: 9\n"
    assert look(tmp_path, **{"spring-core-5.3.17.jar": archive({}, manifest)}) == ({("org.springframework:spring-core", "5.3.17")}, set())


def test_the_manifest_of_a_merged_archive_does_not_name_its_group(tmp_path):
    manifest = "Manifest-Version: 1.0\nImplementation-Vendor-Id: org.merged\n"
    packages, gaps = look(tmp_path, **{"whole-3.3.jar": archive(properties("org.merged", "part", "1.0"), manifest)})
    assert packages == {("org.merged:part", "1.0"), ("whole", "3.3")}
    assert gaps == {"java-group-unknown"}


def test_an_unpacked_application_is_seen(tmp_path):
    for path, data in properties("org.example", "web", "3.0").items():
        (tmp_path / "webapps/web" / path).parent.mkdir(parents=True)
        (tmp_path / "webapps/web" / path).write_bytes(data)
    assert look(tmp_path)[0] == {("org.example:web", "3.0")}


def test_a_version_that_was_never_filled_in_is_taken_from_the_pom_or_said(tmp_path):
    empty = properties("g.h", "a", "${project.version}")
    pom = b"<project><parent><groupId>g</groupId><version>7</version></parent><artifactId>a</artifactId></project>"
    assert look(tmp_path, **{"a.jar": archive(empty | {"META-INF/maven/g.h/a/pom.xml": pom})}) == ({("g.h:a", "7")}, set())
    (tmp_path / "a.jar").unlink()
    assert look(tmp_path, **{"a.jar": archive(empty)}) == (set(), {"java-version-unknown"})


@pytest.mark.parametrize(
    ("name", "artifact", "version"),
    [
        ("guava-31.1-jre.jar", "guava", "31.1-jre"),
        ("log4j-1.2-api-2.17.1.jar", "log4j-1.2-api", "2.17.1"),
        ("netty-transport-native-epoll-4.1.77.Final-linux-x86_64.jar", "netty-transport-native-epoll", "4.1.77.Final"),
        ("kafka_2.13-3.4.0.jar", "kafka_2.13", "3.4.0"),
        ("asm-9.jar", "asm", "9"),
        ("json-20230227.jar", "json", "20230227"),
        ("commons-lang3-3.12.0-SNAPSHOT.jar", "commons-lang3", "3.12.0-SNAPSHOT"),
        ("x-1.0-20230101.101010-1.jar", "x", "1.0-20230101.101010-1"),
        ("postgresql-9.4-1206-jdbc42.jar", "postgresql", "9.4-1206-jdbc42"),
        ("tools.jar", "tools", ""),
        ("-1.0.jar", "-1.0", ""),
    ],
)
def test_a_file_name_is_taken_apart_where_the_version_begins(name, artifact, version):
    assert javaarchive.file_name(f"opt/{name}") == (artifact, version)


BOMB = b'<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><project><version>&b;</version></project>'


@pytest.mark.parametrize(
    "data",
    [b"", b"<project>", b"<html><p>no</html>", BOMB, b'<!DOCTYPE p SYSTEM "file:///etc/passwd"><project/>', b"<a>" * 10_000 + b"</a>" * 10_000],
)
def test_a_hostile_pom_is_a_value_error(data):
    with pytest.raises(ValueError, match=r"pom\.xml"):
        javaarchive.pom(data)


def test_a_pom_is_read_with_its_parent():
    pom = javaarchive.pom(
        b"<project xmlns='http://maven.apache.org/POM/4.0.0'><parent><groupId>g</groupId><version>2</version></parent><artifactId>a</artifactId>"
        b"<licenses><license><name>MIT</name><url>u</url></license></licenses><dependencies><dependency><groupId>d</groupId><artifactId>e</artifactId>"
        b"</dependency><dependency><groupId>t</groupId><artifactId>t</artifactId><scope>test</scope></dependency></dependencies>"
        b"<build><plugins><plugin><version>9</version></plugin></plugins></build></project>"
    )
    assert pom == javaarchive.Pom("g", "a", "2", ("MIT",), ("d:e",))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["x-1.0.jar", "x.war", "a/b.ear!/c-2.jar"]))
def test_any_bytes_are_packages_or_gaps(data, path):
    javaarchive.manifest(data)
    javaarchive.properties(data)
    with contextlib.suppress(ValueError):
        javaarchive.pom(data)
    assert all(isinstance(item, Package | Gap) for item in ECOSYSTEM.packages(Group(path, "", (Document(ARCHIVE, path, b""),))))


def test_versions_order_as_maven():
    assert all(ECOSYSTEM.order(a) < ECOSYSTEM.order(b) for a, b in itertools.pairwise(ECOSYSTEM.ascending))
