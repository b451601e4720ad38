from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import need
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL
from parts_debian import RELEASES, debian_rootfs

from pratique.catalog.ecosystem import Group
from pratique.catalog.observer import Member
from pratique.ecosystems.debian import ECOSYSTEM, MAX_GAPS, declared
from pratique.model import Distribution, Document, Gap, Package, SourcePackage

BOOKWORM = Distribution("debian", "12", "bookworm")
STATUS = "var/lib/dpkg/status"


def group(*documents: Document, distribution: Distribution | None = BOOKWORM) -> Group:
    return Group("", "", documents, distribution)


def status(text: str, *more: Document) -> Group:
    return group(Document("debian:status", STATUS, text.encode()), *more)


def listed(found: Group) -> list[Package]:
    return [item for item in ECOSYSTEM.packages(found) if isinstance(item, Package)]


def gaps(found: Group) -> list[Gap]:
    return [item for item in ECOSYSTEM.packages(found) if isinstance(item, Gap)]


def record(name: str, version: str = "1.0-1", state: str = "install ok installed", **fields: str) -> str:
    more = "".join(f"{key.replace('_', '-')}: {value}\n" for key, value in fields.items())
    return f"Package: {name}\nStatus: {state}\nArchitecture: amd64\nVersion: {version}\n{more}\n"


def copyright_of(text: str) -> str:
    return b"".join(
        found for found in declared(Member("usr/share/doc/x/copyright", "f"), io.BytesIO(text.encode())) if isinstance(found, bytes)
    ).decode()


# -------------------------------------------------------------------------------------------------------------- real parts


@pytest.fixture(scope="module", params=RELEASES)
def rootfs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Group, set[str]]:
    """A Debian release: dpkg's database unpacked for dpkg-query, the group of documents, and the paths of regular files."""
    folder = tmp_path_factory.mktemp(request.param)
    documents, files = [], set()
    with tarfile.open(debian_rootfs(request.param)) as tar:
        for member in tar:
            path = member.name.removeprefix("./")
            if path.startswith("var/lib/dpkg/"):
                tar.extract(member, folder, filter="tar")
            if not member.isfile():
                continue
            files.add(path)
            data = tar.extractfile(member)
            assert data is not None
            if path == STATUS:
                documents.append(Document("debian:status", path, data.read()))
            elif path.startswith("var/lib/dpkg/info/") and path.endswith(".list"):
                documents.append(Document("debian:list", path, data.read()))
            elif path.startswith("usr/share/doc/") and path.endswith("/copyright") and path.count("/") == 4:
                kept = declared(Member(path, "f"), io.BytesIO(data.read()))
                documents.extend(Document("debian:copyright", path, found) for found in kept if isinstance(found, bytes))
    return folder / "var/lib/dpkg", group(*documents), files


def query(admin: Path, *arguments: str) -> list[str]:
    done = subprocess.run([need("dpkg-query", "dpkg"), f"--admindir={admin}", *arguments], capture_output=True, text=True)
    return done.stdout.splitlines()


def test_packages_equal_what_dpkg_lists(rootfs: tuple[Path, Group, set[str]]) -> None:
    admin, found, _ = rootfs
    form = "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\t${Maintainer}\n"
    truth = {tuple(line.split("\t")) for line in query(admin, "-W", "-f", form)}
    ours = {(p.name, p.version, p.arch, p.source.name, p.source.version, p.supplier) for p in listed(found) if p.source}
    assert len(truth) > 60
    assert ours == truth
    assert gaps(found) == []


def test_dependencies_of_a_real_release_are_met(rootfs: tuple[Path, Group, set[str]]) -> None:
    packages = listed(rootfs[1])
    names = {package.name for package in packages}
    assert sum(len(package.depends) for package in packages) > 100
    assert {name for package in packages for name in package.depends} <= names


def test_many_packages_of_a_real_release_declare_licences(rootfs: tuple[Path, Group, set[str]]) -> None:
    packages = listed(rootfs[1])
    assert sum(bool(package.licences) for package in packages) > len(packages) // 3


def test_owners_of_files_equal_what_dpkg_says(rootfs: tuple[Path, Group, set[str]]) -> None:
    admin, found, files = rootfs
    assert ECOSYSTEM.owned is not None
    asked = sorted(path for path in files if path.startswith(("bin/", "lib/", "sbin/", "usr/bin/", "usr/sbin/", "usr/lib/", "etc/")))[::7]
    ours = set(ECOSYSTEM.owned(found, frozenset(asked)))
    forms = {f"/{form}": path for path in asked for form in (path, path.removeprefix("usr/"))}  # the tar is merged, file lists may not be
    truth = set()
    for line in query(admin, "-S", *forms):
        names, _, place = line.rpartition(": ")
        if place in forms and not names.startswith("diversion"):
            truth.update((forms[place], name.strip().partition(":")[0]) for name in names.split(","))
    assert len(truth) > 50
    assert ours == truth


# ------------------------------------------------------------------------------------------------------------------ records


def test_only_packages_whose_files_are_there_are_listed() -> None:
    states = {
        "installed": True,
        "unpacked": True,
        "half-configured": True,
        "half-installed": True,
        "triggers-awaited": True,
        "triggers-pending": True,
        "config-files": False,
        "not-installed": False,
    }
    text = "".join(record(f"p-{state}", state=f"deinstall ok {state}") for state in states)
    assert {package.name for package in listed(status(text))} == {f"p-{state}" for state, there in states.items() if there}
    assert gaps(status(text)) == []


def test_two_architectures_of_one_name_are_two_packages() -> None:
    text = record("libc6") + record("libc6").replace("amd64", "i386")
    assert [package.arch for package in listed(status(text))] == ["amd64", "i386"]


@pytest.mark.parametrize(
    ("version", "source", "expected"),
    [
        ("1.0-1", None, SourcePackage("x", "1.0-1")),
        ("1.0-1+b2", None, SourcePackage("x", "1.0-1")),
        ("1.0-1+b2", "y (1.0-1)", SourcePackage("y", "1.0-1")),
        ("1:2-1", "y (3-1)", SourcePackage("y", "3-1")),
        ("1:2-1", "y", SourcePackage("y", "1:2-1")),
        ("1.0+build1", None, SourcePackage("x", "1.0+build1")),
    ],
)
def test_the_source_is_as_stated_or_the_package_without_the_number_of_a_rebuild(version: str, source: str | None, expected: SourcePackage) -> None:
    text = record("x", version, **({"Source": source} if source else {}))
    assert [package.source for package in listed(status(text))] == [expected]


def test_a_purl_is_what_the_library_writes() -> None:
    text = record("libstdc++6", "1:12.2~rc1+dfsg-14+b1", Source="gcc++-12 (12.2~rc1-14)") + record("bash")
    first, second = listed(status(text))
    qualifiers = {"arch": "amd64", "distro": "debian-12", "upstream": "gcc++-12@12.2~rc1-14"}
    assert first.purl == PackageURL("deb", "debian", "libstdc++6", "1:12.2~rc1+dfsg-14+b1", qualifiers).to_string()
    assert second.purl == "pkg:deb/debian/bash@1.0-1?arch=amd64&distro=debian-12"
    assert (first.distribution, first.namespace, first.locations) == ("debian:12", "debian", (STATUS,))


def test_a_release_without_a_number_is_named_by_its_codename() -> None:
    (package,) = listed(group(Document("debian:status", STATUS, record("a").encode()), distribution=Distribution("debian", "", "trixie")))
    assert package.purl.endswith("distro=debian-trixie")
    (package,) = listed(group(Document("debian:status", STATUS, record("a").encode()), distribution=None))
    assert package.purl == "pkg:deb/a@1.0-1?arch=amd64"


def test_dependencies_name_the_alternative_that_is_there() -> None:
    text = (
        record("a", Depends="b (>= 1) | c:any [amd64], mta <!nocheck>, d | e", Pre_Depends="f (= 1)")
        + record("c")
        + record("exim", Provides="mta (= 1), x")
    )
    assert listed(status(text))[0].depends == ("f", "c", "exim", "d")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Package: a\nStatus: install ok installed\n\n", "no version"),
        ("Status: install ok installed\nVersion: 1\n\n", "no package name"),
        ("Package: a b\nVersion: 1\n\n", "no package name"),
        ("Package: a\nStatus: install ok sleeping\nVersion: 1\n\n", "unknown status"),
        ("Package: a\nStatus: installed\nVersion: 1\n\n", "unknown status"),
        ("Package: a\nVersion: 1 2\n\n", "no version"),
        ("garbage\n\n", "no package name"),
    ],
)
def test_a_record_that_cannot_be_read_is_a_blind_gap(text: str, says: str) -> None:
    found = status(record("good") + text + record("better"))
    assert [package.name for package in listed(found)] == ["good", "better"]
    (gap,) = gaps(found)
    assert says in gap.message
    assert gap.blind
    assert gap.path == STATUS


def test_a_record_that_swallowed_the_next_one_is_said() -> None:
    found = status(record("a").rstrip("\n") + "\n" + record("b"))
    assert [package.name for package in listed(found)] == ["a"]
    assert "twice" in gaps(found)[0].message


def test_a_status_file_without_versions_lists_nothing_and_says_how_many() -> None:
    found = status("".join(f"Package: p{i}\nStatus: install ok installed\n\n" for i in range(MAX_GAPS + 5)))
    assert listed(found) == []
    assert len(gaps(found)) == MAX_GAPS + 1
    assert "5 more" in gaps(found)[-1].message


def test_a_file_that_ends_within_a_line_is_noted() -> None:
    (gap,) = gaps(status(record("a").rstrip("\n")))
    assert (gap.id, gap.blind) == ("database-cut", False)


def test_distroless_records_are_one_a_file_and_their_checksums_are_none() -> None:
    (keep,) = (keep for keep in ECOSYSTEM.keeps if keep.role == "debian:status-d")
    assert keep.reduce is not None

    def kept(path: str) -> Iterator[bytes]:
        assert keep.reduce is not None
        return (found for found in keep.reduce(Member(path, "f"), io.BytesIO(b"x")) if isinstance(found, bytes))

    folder = "var/lib/dpkg/status.d"
    assert list(kept(f"{folder}/libc6")) == [b"x"]
    assert list(kept(f"{folder}/libc6.md5sums")) == []
    text = "Package: libc6\nVersion: 2.36-9\nArchitecture: amd64\nSource: glibc\nMaintainer: M"
    found = group(
        Document("debian:status-d", f"{folder}/bGliYzY=", text.encode()),
        Document("debian:md5sums", f"{folder}/bGliYzY=.md5sums", b"0123456789abcdef0123456789abcdef  lib/x86_64-linux-gnu/libc.so.6\n"),
    )
    assert [(p.name, p.source, p.locations) for p in listed(found)] == [("libc6", SourcePackage("glibc", "2.36-9"), (f"{folder}/bGliYzY=",))]
    assert gaps(found) == []
    assert ECOSYSTEM.owned is not None
    assert list(ECOSYSTEM.owned(found, frozenset({"usr/lib/x86_64-linux-gnu/libc.so.6", "lib/x"}))) == [
        ("usr/lib/x86_64-linux-gnu/libc.so.6", "libc6")
    ]


def test_a_path_is_owned_before_and_after_the_merge_of_usr() -> None:
    found = status(record("a"), Document("debian:list", "var/lib/dpkg/info/a:amd64.list", b"/.\n/bin\n/bin/x\n/usr/sbin/y\n/usr/share/z\n"))
    assert ECOSYSTEM.owned is not None
    owned = set(ECOSYSTEM.owned(found, frozenset({"usr/bin/x", "bin/x", "sbin/y", "usr/sbin/y", "share/z", "usr/share/z", "x"})))
    assert owned == {(path, "a") for path in ("usr/bin/x", "bin/x", "sbin/y", "usr/sbin/y", "usr/share/z")}


# ----------------------------------------------------------------------------------------------------------------- licences

COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: x

Files: *
Copyright: 2020 A
License: GPL-2+ or Artistic
 text

Files: debian/*
Copyright: 2021 B
License: Expat

License: GPL-2+
 On Debian systems ...

License: Artistic
 ...
"""


def test_the_licences_of_files_count_and_texts_of_alternatives_do_not() -> None:
    assert copyright_of(COPYRIGHT) == "(GPL-2.0-or-later OR Artistic-1.0-Perl) AND MIT"
    assert copyright_of(COPYRIGHT.replace("\n", "\r\n")) == "(GPL-2.0-or-later OR Artistic-1.0-Perl) AND MIT"
    assert copyright_of("Format: .../copyright-format/1.0/\nLicense: ISC\n\nLicense: ISC\n text\n") == "ISC"
    assert copyright_of("Format: .../copyright-format/1.0/\n\nLicense: ISC\n text\n") == "ISC"


def test_a_copyright_file_in_prose_says_nothing() -> None:
    assert copyright_of("This package was debianized by A.\nLicense: GPL\n") == ""
    assert copyright_of("Format: A5\nLicense: GPL\n") == ""


def test_a_package_whose_copyright_is_a_link_has_that_of_its_source() -> None:
    text = record("gcc-12-base", Source="gcc-12") + record("libstdc++6", Source="gcc-12") + record("other")
    found = listed(status(text, Document("debian:copyright", "usr/share/doc/gcc-12-base/copyright", b"GPL-3.0-or-later")))
    assert [package.licences for package in found] == ["GPL-3.0-or-later", "GPL-3.0-or-later", ""]


# --------------------------------------------------------------------------------------------------------------------- laws


@given(st.binary(max_size=200) | st.text(alphabet=st.sampled_from("Package:Status Version\n ()|,<[install ok"), max_size=200).map(str.encode))
def test_any_bytes_are_read_or_raise_value_error(data: bytes) -> None:
    roles = {
        "debian:status": STATUS,
        "debian:status-d": "var/lib/dpkg/status.d/x",
        "debian:list": "var/lib/dpkg/info/x.list",
        "debian:md5sums": "var/lib/dpkg/status.d/x.md5sums",
    }
    found = group(*(Document(role, path, data) for role, path in roles.items()))
    try:
        list(ECOSYSTEM.packages(found))
        list(declared(Member("usr/share/doc/x/copyright", "f"), io.BytesIO(b"Format: dep5\n" + data)))
        assert ECOSYSTEM.owned is not None
        list(ECOSYSTEM.owned(found, frozenset({"bin/x"})))
    except ValueError:
        pass


@pytest.mark.parametrize("field", ["(" * 300_000, "<a" * 100_000, "a|" * 100_000, "a," * 100_000, " \n" * 100_000 + "x"])
def test_a_hostile_field_takes_no_time(field: str) -> None:
    list(ECOSYSTEM.packages(status(record("a", Depends=field, Source=field, Provides=field))))


def test_the_versions_of_the_example_ascend() -> None:
    keys = [ECOSYSTEM.order(version) for version in ECOSYSTEM.ascending]
    assert all(older < newer for older, newer in pairwise(keys))
