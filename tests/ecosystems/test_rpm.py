from __future__ import annotations

import itertools
import random
import sqlite3
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import need
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packageurl import PackageURL
from rpm_sample import ALMA8, ALMA9, blobs, build, copy_open, dump_berkeleydb, extract, file, header, install, load_berkeleydb, ndb, query, text

from pratique.catalog.ecosystem import Group
from pratique.catalog.observer import Member
from pratique.ecosystems.rpm import BERKELEYDB, ECOSYSTEM, LOG, MANIFEST, NDB, SQLITE, owned, packages, source_package
from pratique.formats import evr
from pratique.formats.rpmheader import Tag
from pratique.model import Distribution, Document, Gap, Package, SourcePackage

PLACE = "var/lib/rpm"
NAMES = {SQLITE: "rpmdb.sqlite", LOG: "rpmdb.sqlite-wal", NDB: "Packages.db", BERKELEYDB: "Packages"}
ALMA = Distribution("almalinux", "9.3")


def document(role: str, data: bytes, place: str = PLACE) -> Document:
    path = f"{place}/{NAMES[role]}"
    reduce = next(keep.reduce for keep in ECOSYSTEM.keeps if keep.role == role)
    assert reduce is not None
    (kept,) = (item for item in reduce(Member(path, "f", size=len(data)), file(data)) if isinstance(item, bytes))
    return Document(role, path, kept)


def group(*documents: Document, distribution: Distribution | None = ALMA) -> Group:
    return Group("", "", tuple(sorted(documents, key=lambda d: d.path)), distribution)


def listed(found: Iterator[Package | Gap]) -> list[str]:
    """Write packages as `rpm_sample.query` does; there must be no Gap among them."""
    lines = []
    for package in found:
        assert isinstance(package, Package), package
        source = f"{package.source.name}-{package.source.version}.src.rpm" if package.source else "(none)"
        lines.append(f"{package.name} {package.version} {package.arch or '(none)'} {source} {package.module or '(none)'}")
    return sorted(lines)


def by_name(found: Iterator[Package | Gap]) -> dict[str, Package]:
    return {package.name: package for package in found if isinstance(package, Package)}


def gaps(found: Iterator[Package | Gap]) -> list[Gap]:
    return [item for item in found if isinstance(item, Gap)]


# ------------------------------------------------------------------------------------------------------------- truth


@pytest.fixture(scope="module")
def alma8() -> bytes:
    return extract(ALMA8, "var/lib/rpm/Packages")


@pytest.fixture(scope="module")
def alma9() -> bytes:
    return extract(ALMA9, "var/lib/rpm/rpmdb.sqlite")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of packages made by `rpmbuild`."""
    folder = tmp_path_factory.mktemp("rpm")
    modular = (
        "Epoch: 1\nModularityLabel: nodejs:18:8080020231114:63b34585\nRequires: /usr/bin/shell\nRequires: (npm if yarn)\nRequires: library(x) >= 2"
    )
    made = [
        build(folder, "nodejs", "18.1.0", "2.module_el8", "MIT and ASL 2.0", modular),
        build(folder, "shell", "5.1~rc2", "1.el9"),
        build(folder, "library", "2.0^20240101git", "1", "GPL-2.0-or-later WITH Classpath-exception-2.0", "Provides: library(x) = 2.1\nEpoch: 0"),
        build(folder, "npm", "9", "1", "LGPLv2+", "Requires: nodejs = 1:18.1.0\nRequires: missing"),
    ]
    return install(folder / "db", made)


def test_the_real_berkeley_db_equals_rpm(tmp_path: Path, alma8: bytes) -> None:
    (tmp_path / "Packages").write_bytes(alma8)
    truth = query(tmp_path)
    assert len(truth) == 19
    assert listed(packages(group(document(BERKELEYDB, alma8)))) == truth


def test_the_real_sqlite_database_equals_rpm(tmp_path: Path, alma9: bytes) -> None:
    (tmp_path / "rpmdb.sqlite").write_bytes(alma9)
    truth = query(tmp_path)
    assert len(truth) == 22
    assert listed(packages(group(document(SQLITE, alma9), document(LOG, b"")))) == truth


@pytest.mark.parametrize("order", [1234, 4321])
@pytest.mark.parametrize("page", [512, 65536])
def test_berkeley_db_of_either_byte_order_equals_rpm(tmp_path: Path, alma8: bytes, order: int, page: int) -> None:
    path = tmp_path / "Packages"
    path.write_bytes(alma8)
    truth = query(tmp_path)
    loaded = load_berkeleydb(tmp_path, dump_berkeleydb(path), order, page)
    assert listed(packages(group(document(BERKELEYDB, loaded)))) == truth


def test_packages_made_by_rpmbuild_equal_rpm_in_sqlite_and_in_ndb(made: Path) -> None:
    truth = query(made.parent)
    assert "nodejs 1:18.1.0-2.module_el8 noarch nodejs-18.1.0-2.module_el8.src.rpm nodejs:18:8080020231114:63b34585" in truth
    assert listed(packages(group(document(SQLITE, made.read_bytes())))) == truth
    assert listed(packages(group(document(NDB, ndb(blobs(made)))))) == truth


def test_the_real_packages_equal_rpm_as_ndb_too(tmp_path: Path, alma9: bytes) -> None:
    (tmp_path / "rpmdb.sqlite").write_bytes(alma9)
    assert listed(packages(group(document(NDB, ndb(blobs(tmp_path / "rpmdb.sqlite"), holes=()))))) == query(tmp_path)


def test_a_database_whose_changes_lie_in_its_log_equals_rpm(tmp_path: Path, alma9: bytes, made: Path) -> None:
    path = tmp_path / "open" / "rpmdb.sqlite"
    path.parent.mkdir()
    path.write_bytes(alma9)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; DELETE FROM Packages WHERE hnum % 4 = 0")
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in blobs(made)])
    copied = copy_open(path, tmp_path / "copy")
    connection.close()
    with_log = group(document(SQLITE, copied.read_bytes()), document(LOG, Path(f"{copied}-wal").read_bytes()))
    without = group(document(SQLITE, copied.read_bytes()))
    truth = query(copied.parent)
    assert 15 < len(truth) < 23
    assert listed(packages(with_log)) == truth != listed(packages(without))


# ------------------------------------------------------------------------------------------------- what a package has


def test_a_package_has_licence_supplier_source_module_and_location(made: Path) -> None:
    found = by_name(packages(group(document(SQLITE, made.read_bytes()))))
    node = found["nodejs"]
    assert node.source == SourcePackage("nodejs", "18.1.0-2.module_el8")
    assert (node.supplier, node.licences, node.namespace) == ("Example Vendor", "MIT AND Apache-2.0", "almalinux")
    assert node.locations == ("var/lib/rpm/rpmdb.sqlite",)
    assert found["library"].version == "2.0^20240101git-1"  # epoch 0 is none


def test_dependencies_are_the_packages_that_provide_what_is_required(made: Path) -> None:
    found = by_name(packages(group(document(SQLITE, made.read_bytes()))))
    assert set(found["nodejs"].depends) == {"shell", "library", "npm"}  # by file, by capability, and by a condition
    assert found["npm"].depends == ("nodejs",)


def test_real_dependencies_equal_those_that_rpm_resolves(tmp_path: Path, alma9: bytes) -> None:
    (tmp_path / "rpmdb.sqlite").write_bytes(alma9)
    rpm, found = [need("rpm"), "--dbpath", str(tmp_path)], by_name(packages(group(document(SQLITE, alma9))))
    for name in ("bash", "glibc", "coreutils-single", "setup"):
        required = subprocess.run([*rpm, "-q", "--requires", name], check=True, capture_output=True, text=True).stdout.splitlines()
        plain = {line.split()[0] for line in required if not line.startswith(("(", "rpmlib("))}
        query_ = [*rpm, "-q", "--qf", "@%{NAME}\n", "--whatprovides", *plain]
        provided = subprocess.run(query_, capture_output=True, text=True).stdout.splitlines()
        assert set(found[name].depends) == {line[1:] for line in provided if line.startswith("@")} - {name}


def test_purls_are_what_the_purl_library_writes(made: Path, alma9: bytes) -> None:
    found = [*packages(group(document(SQLITE, made.read_bytes()))), *packages(group(document(SQLITE, alma9)))]
    for package in found:
        assert isinstance(package, Package)
        epoch, version, release = evr.split(package.version)
        assert package.source is not None
        upstream = f"{package.source.name}-{package.source.version}.src.rpm"
        qualifiers = {"arch": package.arch, "distro": "almalinux-9.3", "upstream": upstream, **({"epoch": epoch} if epoch else {})}
        assert package.purl == PackageURL("rpm", "almalinux", package.name, f"{version}-{release}", qualifiers).to_string()


@pytest.mark.parametrize(("id", "expected"), [("rhel", "redhat"), ("opensuse-leap", "opensuse"), ("rocky", "rocky"), ("", "")])
def test_the_namespace_is_the_distribution(alma9: bytes, id: str, expected: str) -> None:
    found = by_name(packages(group(document(SQLITE, alma9), distribution=Distribution(id, "9") if id else None)))
    assert found["bash"].purl.startswith(f"pkg:rpm/{expected}/bash@" if expected else "pkg:rpm/bash@")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("bash-5.1.8-6.el9.src.rpm", SourcePackage("bash", "5.1.8-6.el9")),
        ("kmod-nvidia-1.0-1.nosrc.rpm", SourcePackage("kmod-nvidia", "1.0-1")),
        ("", None),
        ("(none)", None),
    ],
)
def test_the_source_package_is_read_from_its_file_name(name: str, source: SourcePackage | None) -> None:
    assert source_package(name) == source


def test_files_are_owned_but_not_ghosts_also_where_usr_is_merged(made: Path, alma9: bytes) -> None:
    ours = group(document(SQLITE, made.read_bytes()))
    assert list(owned(ours, frozenset(("usr/bin/nodejs", "usr/lib/nodejs/ghost.conf", "usr/bin/none")))) == [("usr/bin/nodejs", "nodejs")]
    assert dict(owned(ours, frozenset(("bin/shell",)))) == {"bin/shell": "shell"}
    assert dict(owned(group(document(SQLITE, alma9)), frozenset(("etc/passwd", "etc/pass")))) == {"etc/passwd": "setup"}


def test_every_real_file_is_owned_by_the_package_that_rpm_names(tmp_path: Path, alma8: bytes) -> None:
    (tmp_path / "Packages").write_bytes(alma8)
    command = [need("rpm"), "--dbpath", str(tmp_path), "-qa", "--qf", "[%{=NAME} %{FILEFLAGS} %{FILENAMES}\n]"]
    lines = [line.split(" ", 2) for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()]
    truth = {(path[1:], name) for name, flags, path in lines if not int(flags) & 64}
    assert len(truth) > 2000
    paths = frozenset(path for path, _ in truth) | {path[1:] for _, flags, path in lines if int(flags) & 64}
    assert set(owned(group(document(BERKELEYDB, alma8)), paths)) >= truth
    assert {path for path, _ in owned(group(document(BERKELEYDB, alma8)), paths)} == {path for path, _ in truth}


def test_the_manifest_of_a_distroless_image_is_read() -> None:
    lines = (
        "bash\t5.1.8-1.cm2\t1650000000\t1640000000\tMicrosoft Corporation\t(none)\t1000\tx86_64\t0\tbash-5.1.8-1.cm2.src.rpm",
        "openssl-libs\t1.1.1k-17.cm2\t1650000000\t1640000000\tMicrosoft Corporation\t1\t1000\tx86_64\t1\topenssl-1.1.1k-17.cm2.src.rpm",
        "gpg-pubkey\t1-1\t1\t1\t(none)\t(none)\t0\t(none)\t0\t(none)",
        "torn\t1",
    )
    kept = Document(MANIFEST, "var/lib/rpmmanifest/container-manifest-2", "\n".join(lines).encode())
    found = list(packages(group(kept, distribution=Distribution("mariner", "2.0"))))
    assert [(p.name, p.version, p.arch, p.supplier) for p in found if isinstance(p, Package)] == [
        ("bash", "5.1.8-1.cm2", "x86_64", "Microsoft Corporation"),
        ("openssl-libs", "1:1.1.1k-17.cm2", "x86_64", "Microsoft Corporation"),
    ]
    assert by_name(iter(found))["openssl-libs"].source == SourcePackage("openssl", "1.1.1k-17.cm2")
    assert [gap.blind for gap in gaps(iter(found))] == [True]


# ---------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("role", [SQLITE, BERKELEYDB, NDB])
@pytest.mark.parametrize("data", [b"", b"x", b"SQLite format 3\0" + bytes(200), bytes(8192)])
def test_a_database_that_cannot_be_read_is_a_blind_gap(role: str, data: bytes) -> None:
    found = list(packages(group(document(role, data))))
    assert [(type(item), item.blind, item.path) for item in found if isinstance(item, Gap)] == [(Gap, True, f"{PLACE}/{NAMES[role]}")]
    assert len(found) == 1


def test_a_truncated_database_lists_what_is_left_and_is_a_gap(alma8: bytes, alma9: bytes, made: Path) -> None:
    for role, data in ((BERKELEYDB, alma8), (SQLITE, alma9), (NDB, ndb(blobs(made)))):
        found = list(packages(group(document(role, data[: len(data) * 2 // 3]))))
        assert [gap.id for gap in gaps(iter(found))] == ["rpm-database-unreadable"]
        assert gaps(iter(found))[0].blind


def test_a_header_without_name_is_said() -> None:
    data = ndb([header({Tag.VERSION: text("1"), Tag.RELEASE: text("1")}), header({Tag.NAME: text("a"), Tag.VERSION: text("1")})])
    found = list(packages(group(document(NDB, data))))
    assert [p.version for p in found if isinstance(p, Package)] == ["1"]
    assert [gap.blind for gap in gaps(iter(found))] == [True]


def test_of_two_databases_the_first_that_has_packages_counts_and_the_other_is_said(alma8: bytes, alma9: bytes, tmp_path: Path) -> None:
    (tmp_path / "rpmdb.sqlite").write_bytes(alma9)
    found = list(packages(group(document(BERKELEYDB, alma8), document(SQLITE, alma9))))
    assert listed(p for p in found if isinstance(p, Package)) == query(tmp_path)
    assert [(gap.id, gap.blind) for gap in gaps(iter(found))] == [("rpm-database-second", False)]
    empty = sqlite3.connect(tmp_path / "empty", isolation_level=None)
    empty.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    empty.close()
    assert len(by_name(packages(group(document(BERKELEYDB, alma8), document(SQLITE, (tmp_path / "empty").read_bytes()))))) == 19


def test_a_log_of_another_database_is_a_gap(alma9: bytes, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "db", isolation_level=None)
    connection.executescript("PRAGMA page_size=512; PRAGMA journal_mode=WAL; CREATE TABLE t (a)")
    log = Path(f"{tmp_path}/db-wal").read_bytes()
    connection.close()
    assert [gap.blind for gap in gaps(packages(group(document(SQLITE, alma9), document(LOG, log))))] == [True]


@pytest.fixture(scope="module")
def small(made: Path) -> dict[str, bytes]:
    return {SQLITE: made.read_bytes(), NDB: ndb(blobs(made))}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=3000)
@given(data=st.data())
def test_damage_never_raises(small: dict[str, bytes], data: st.DataObject) -> None:
    role = data.draw(st.sampled_from((SQLITE, NDB)))
    broken = bytearray(small[role])
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    for item in packages(group(document(role, bytes(broken)))):
        assert isinstance(item, Package | Gap)


# -------------------------------------------------------------------------------------------------------------- order


def test_the_ascending_versions_ascend() -> None:
    keys = [ECOSYSTEM.order(version) for version in ECOSYSTEM.ascending]
    assert all(a < b for a, b in itertools.pairwise(keys))


def _versions() -> st.SearchStrategy[str]:
    part = st.sampled_from(("0", "1", "01", "10", "9", "a", "b", "rc", "el9", ".", "..", "_", "+", "~", "^", "~~", "^~"))
    word = st.lists(part, min_size=1, max_size=6).map("".join)
    epoch = st.sampled_from(("", "0:", "1:", "12:"))
    return st.tuples(epoch, word, word).map(lambda parts: f"{parts[0]}{parts[1]}-{parts[2]}")


def _sign(order: Callable[[str], object], a: str, b: str) -> int:
    left, right = order(a), order(b)
    return (left > right) - (left < right)  # type: ignore[operator]


def test_the_order_is_that_of_rpm() -> None:
    rng = random.Random(4)
    parts = ("0", "1", "01", "10", "9", "a", "b", "rc", "el9", ".", "..", "_", "+", "~", "^")

    def word() -> str:
        return "".join(rng.choice(parts) for _ in range(rng.randrange(1, 6)))

    made = [f"{rng.choice(('', '0:', '1:', '12:'))}{word()}-{word()}" for _ in range(2000)]
    pairs = [(a, rng.choice((b, a + "~", a + "^", a + ".1", a.replace("1", "01")))) for a, b in zip(made, reversed(made), strict=True)]
    script = "".join(f'print(rpm.vercmp("{a}", "{b}"), "")' for a, b in pairs)
    printed = subprocess.run([need("rpm"), "--eval", f"%{{lua:{script}}}"], check=True, capture_output=True, text=True).stdout.split()
    assert printed.count("0") > 50
    assert [_sign(evr.key, a, b) for a, b in pairs] == [int(sign) for sign in printed]


@settings(max_examples=300)
@given(_versions(), _versions())
def test_the_order_is_that_of_univers(a: str, b: str) -> None:
    from univers.rpm import compare_rpm_versions

    assert _sign(evr.key, a, b) == compare_rpm_versions(a, b)


@settings(max_examples=200)
@given(_versions(), _versions(), _versions())
def test_the_order_is_total(a: str, b: str, c: str) -> None:
    keys = sorted(map(evr.key, (a, b, c)))
    assert keys[0] <= keys[1] <= keys[2]
    assert keys[0] <= keys[2]
    assert (evr.key(a) == evr.key(b)) == (not evr.key(a) < evr.key(b) and not evr.key(b) < evr.key(a))


def test_a_missing_epoch_is_zero_and_digits_have_no_limit() -> None:
    assert evr.key("0:1-1") == evr.key("1-1") == evr.key("00:01-1.")
    assert evr.key(f"1.{'9' * 10_000}-1") < evr.key(f"1.1{'0' * 10_000}-1")


@pytest.mark.parametrize("version", ["", " ", "1 2", "1\n2", "1\0"])
def test_what_is_no_version_is_an_error(version: str) -> None:
    with pytest.raises(ValueError, match="no RPM version"):
        evr.key(version)


def test_a_header_that_claims_two_to_the_thirty_entries_is_a_gap() -> None:
    found = list(packages(group(document(NDB, ndb([struct.pack(">2I", 1 << 30, 16) + bytes(64)])))))
    assert [gap.blind for gap in gaps(iter(found))] == [True]


def test_a_package_whose_file_list_is_broken_is_listed_and_said() -> None:
    tags = {Tag.NAME: text("a"), Tag.VERSION: text("1"), Tag.BASENAMES: (8, 1 << 20, b"x\0")}
    rows = sqlite3.connect(":memory:", isolation_level=None)
    rows.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    rows.execute("INSERT INTO Packages (blob) VALUES (?)", (header(tags),))
    data = rows.serialize()
    rows.close()
    found = list(packages(group(document(SQLITE, data))))
    assert [gap.blind for gap in gaps(iter(found))] == [True]
    assert list(by_name(iter(found))) == ["a"]


def test_large_file_lists_are_read_a_second_time_with_the_same_result(alma9: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    held = list(packages(group(document(SQLITE, alma9))))
    monkeypatch.setattr("pratique.ecosystems.rpm.MAX_LISTS", 0)
    assert list(packages(group(document(SQLITE, alma9)))) == held
