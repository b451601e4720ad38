"""OS packages of real images, through the command line, against what the distribution's own tools say: 0 missing, 0 extra."""

from __future__ import annotations

import mmap
import re
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import need, shared
from image_maker import Layer, make_oci_layout
from license_expression import get_spdx_licensing
from parts_alpine import RELEASES as ALPINES
from parts_alpine import files, unpacked
from parts_alpine import run as in_alpine
from parts_debian import RELEASES as DEBIANS
from parts_debian import debian_rootfs
from product import Component, components, run, spdx_components, table
from rpm_sample import ALMA8, ALMA9, dump_berkeleydb, extract, pairs

SPDX = get_spdx_licensing()
Row = tuple[str, ...]


def both(documents: dict[str, Any], kind: str) -> tuple[list[Component], list[Component]]:
    """Return what CycloneDX and what SPDX list of one type; of any other type there must be nothing."""
    cyclonedx, spdx = components(documents["cyclonedx"]), spdx_components(documents["spdx"])
    assert {one.type for one in (*cyclonedx, *spdx)} == {kind}
    assert components(documents["cyclonedx"], visible=False) == []
    assert documents["json"]["gaps"] == [] or not documents["json"]["blind"]
    return cyclonedx, spdx


def rows(found: list[Component]) -> list[Row]:
    """Name, version and architecture; the purl says the same."""
    for one in found:
        assert (one.purl.name, one.purl.version) == (one.name.lower() if one.type == "deb" else one.name, purl_version(one))
    return table([(one.name, one.version, one.arch) for one in found])


def purl_version(one: Component) -> str:
    """purl-spec: the epoch of an RPM is a qualifier, that of a Debian package is in the version."""
    return one.version.partition(":")[2] if one.type == "rpm" and ":" in one.version else one.version


def assert_licences_are_spdx(documents: dict[str, Any], share: float) -> None:
    """Every licence is an SPDX expression, or in SPDX a reference that the document explains; a share of all packages has one."""
    explained = {one["licenseId"] for one in documents["spdx"].get("hasExtractedLicensingInfos", ())}
    stated = 0
    for found in spdx_components(documents["spdx"]):
        if found.licence:
            stated += 1
            unknown = set(SPDX.unknown_license_keys(found.licence))
            assert unknown <= explained, (found.name, found.licence)
            assert unknown == set(re.findall(r"LicenseRef-[\w.-]+", found.licence)), (found.name, found.licence)
    total = 0
    for raw in documents["cyclonedx"]["components"]:
        total += "purl" in raw
        for licence in raw.get("licenses", ()):
            if "expression" in licence:
                assert all(key.startswith("LicenseRef-") for key in SPDX.unknown_license_keys(licence["expression"])), licence
    assert stated >= share * total


# ------------------------------------------------------------------------------------------------------------------- Alpine


def apk_records(data: bytes) -> Iterator[dict[str, str]]:
    """Read apk's database, in its simplest form: paragraphs of `K:value` (wiki.alpinelinux.org, "Apk spec")."""
    for paragraph in data.decode().split("\n\n"):
        found = {line[0]: line[2:] for line in paragraph.splitlines() if line[1:2] == ":" and line[0] in "PVAoL"}
        if found:
            yield found


@pytest.mark.parametrize("release", ALPINES)
def test_alpine_equals_its_own_database(release: str, tmp_path: Path) -> None:
    documents = run("sbom", shared("images", f"alpine-{release}.docker.tar.gz"), data=tmp_path)
    (data,) = (data for path, data in files(release) if path == "lib/apk/db/installed")
    records = list(apk_records(data))
    truth = table([(one["P"], one["V"], one["A"]) for one in records])
    assert len(truth) >= 13
    for found in both(documents, "apk"):
        assert rows(found) == truth
        assert {(one.name, one.source.partition(" ")[0]) for one in found if one.source} <= {(one["P"], one["o"]) for one in records}
    assert_licences_are_spdx(documents, 0.95)
    assert {one.purl.namespace for one in components(documents["cyclonedx"])} == {"alpine"}


@pytest.mark.parametrize("release", ALPINES)
def test_alpine_equals_what_its_own_apk_says(release: str, tmp_path: Path) -> None:
    """`apk` of the image itself, run in it."""
    root = unpacked(release, tmp_path / "root")
    documents = run("sbom", shared("images", f"alpine-{release}.docker.tar.gz"), data=tmp_path / "data")
    found = components(documents["cyclonedx"])
    info = [line for line in in_alpine(root, ["/sbin/apk", "info", "-v"]).splitlines() if not line.startswith("WARNING")]
    assert sorted(f"{one.name}-{one.version}" for one in found) == sorted(info)
    listed = re.findall(r"^(\S+) (\S+) \{(\S+)\} \(.*\) \[installed\]", in_alpine(root, ["/sbin/apk", "list", "--installed"]), re.MULTILINE)
    if release not in ("3.6",):  # whose apk has no `list`
        assert table(listed) == table([(f"{one.name}-{one.version}", one.arch, one.source.partition(" ")[0]) for one in found])


# ---------------------------------------------------------------------------------------------------------------------- RPM

FORMAT = "%{NAME}\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\n"


def rpm_list(folder: Path) -> list[Row]:
    """What rpm itself lists; keys are in the database too, but no packages. `--qf` writes an epoch of 0, which rpm takes for none."""
    command = [need("rpm"), "-qa", "--dbpath", str(folder), "--qf", FORMAT]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    found = [tuple(line.split("\t")) for line in lines if not line.startswith("gpg-pubkey\t")]
    return table([(name, version.removeprefix("0:"), arch, source) for name, version, arch, source in found])


def rpm_rows(found: list[Component]) -> list[Row]:
    """The same of a document."""
    lines = []
    for (name, version, arch), one in zip(rows(found), sorted(found, key=lambda one: (one.name, one.version, one.arch)), strict=True):
        source, _, source_version = one.source.partition(" ")
        lines.append((name, version, arch, f"{source}-{source_version}.src.rpm"))
    return table(lines)


def test_almalinux_9_with_an_sqlite_database_equals_rpm(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "rpmdb.sqlite").write_bytes(extract(ALMA9, "var/lib/rpm/rpmdb.sqlite"))
    truth = rpm_list(tmp_path / "db")
    documents = run("sbom", shared("images", ALMA9), data=tmp_path / "data")
    assert len(truth) > 20
    for found in both(documents, "rpm"):
        assert rpm_rows(found) == truth
    assert_licences_are_spdx(documents, 0.95)


def test_almalinux_8_with_a_big_endian_berkeley_database_equals_rpm_and_db5_3_dump(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    packages = tmp_path / "db" / "Packages"
    packages.write_bytes(extract(ALMA8, "var/lib/rpm/Packages"))
    truth = rpm_list(tmp_path / "db")
    documents = run("sbom", shared("images", ALMA8), data=tmp_path / "data")
    assert len(truth) > 15
    for found in both(documents, "rpm"):
        assert rpm_rows(found) == truth
    assert_licences_are_spdx(documents, 0.95)
    # Berkeley DB's own reader, its headers handed to rpm in a database of another kind: rpm's reader of Berkeley DB is not trusted alone.
    headers = [value for key, value in pairs(dump_berkeleydb(packages)) if key != bytes(4)]
    subprocess.run([need("rpm"), "--initdb", "--dbpath", str(tmp_path / "dumped")], check=True, capture_output=True)
    connection = sqlite3.connect(tmp_path / "dumped" / "rpmdb.sqlite")
    with connection:
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(header,) for header in headers])
    connection.close()
    assert rpm_list(tmp_path / "dumped") == truth


# ------------------------------------------------------------------------------------------------------------------- Debian


@pytest.mark.parametrize("release", DEBIANS)
def test_debian_equals_dpkg_query(release: str, tmp_path: Path) -> None:
    rootfs = debian_rootfs(release)
    with tarfile.open(rootfs) as tar:
        wanted = [member for member in tar if member.name.removeprefix("./").startswith("var/lib/dpkg/")]
        tar.extractall(tmp_path, wanted, filter="tar")
    with rootfs.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        make_oci_layout(tmp_path / "image", [Layer(raw=data, instruction="ADD rootfs.tar / # buildkit")], compression="none")
    form = "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\t${db:Status-Status}\n"
    query = [need("dpkg-query", "dpkg"), "--admindir", str(tmp_path / "var/lib/dpkg"), "-W", "-f", form]
    truth = [tuple(line.split("\t")) for line in subprocess.run(query, check=True, capture_output=True, text=True).stdout.splitlines()]
    truth = [row[:5] for row in truth if row[5] == "installed"]
    assert len(truth) > 70
    documents = run("sbom", tmp_path / "image", data=tmp_path / "data")
    everything = components(documents["cyclonedx"])
    assert {one.type for one in everything} <= {"deb", "pypi"}
    for found in (components(documents["cyclonedx"], "deb"), spdx_components(documents["spdx"], "deb")):
        assert rows(found) == table([row[:3] for row in truth])
        sources = [(one.name, one.version, one.arch, *(one.source or f"{one.name} {one.version}").split(" ")) for one in found]
        assert table(sources) == table(truth)
    assert {str(one.purl.namespace) for one in components(documents["cyclonedx"], "deb")} == {"debian"}
    assert {one.instruction for one in everything} == {"ADD rootfs.tar /"}
    assert not documents["json"]["blind"], documents["json"]["gaps"]
    assert_licences_are_spdx(documents, 0.3)
    (system,) = documents["json"]["distributions"]
    assert (system["id"], system["codename"]) == ("debian", release)
