"""Python packages that Debian installed are Debian's to judge; those that pip installed beside them are not. On a real Debian."""

from __future__ import annotations

import mmap
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from conftest import need
from image_maker import Layer, make_oci_layout
from mirror_maker import flaw, make_mirror, osv, tracker
from parts_debian import debian_rootfs
from product import Component, components, run, spdx_components
from snapshots import Snapshots

SIX = flaw("PYSEC-2026-1", "PyPI", "six")
YAML = flaw("PYSEC-2026-2", "PyPI", "pyyaml")
PYTHON = ("osv", "PyPI"), osv(SIX, YAML)
DEBIAN = ("debian-tracker", "debian"), tracker({"six": "CVE-2026-0001", "unrelated": "CVE-2026-0002"})


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Debian with python3-six and python3-yaml, and above it six again, by pip; and dpkg's own folder."""
    folder = tmp_path_factory.mktemp("debian")
    rootfs = debian_rootfs("bookworm")
    with tarfile.open(rootfs) as tar:
        tar.extractall(folder, [one for one in tar if one.name.removeprefix("./").startswith("var/lib/dpkg/")], filter="tar")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile", "--no-deps"]
    subprocess.run([*pip, "--target", folder / "local", "six==1.16.0"], check=True, capture_output=True, timeout=120)
    local = Snapshots(folder / "local", "usr/local/lib/python3.11/dist-packages/").layer("RUN pip install six")
    with rootfs.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        steps = [Layer(raw=data, instruction="ADD rootfs.tar /"), local]  # type: ignore[arg-type] # a map is read as bytes are
        make_oci_layout(folder / "image", steps, compression="none")
    return folder / "image", folder / "var/lib/dpkg"


def scan(image: Path, folder: Path, *partitions: tuple[tuple[str, str], bytes]) -> dict[str, Any]:
    mirror = make_mirror(folder / "mirror", dict(partitions))
    return run("scan", image, "--feeds", str(mirror), "--offline", data=folder / "data", code=None)


@pytest.fixture(scope="module")
def scanned(image: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return scan(image[0], tmp_path_factory.mktemp("scanned"), PYTHON, DEBIAN)


def owner_by_dpkg(admin: Path, path: str) -> str | None:
    """The package that `dpkg-query -S` names for a path."""
    done = subprocess.run([need("dpkg-query", "dpkg"), "--admindir", str(admin), "-S", f"/{path}"], capture_output=True, text=True)
    return done.stdout.partition(":")[0] or None


def test_owners_of_python_packages_equal_what_dpkg_says(image: tuple[Path, Path], scanned: dict[str, Any]) -> None:
    packages = {str(one.purl): one for one in components(scanned["cyclonedx"], "deb")}
    for listed in (components(scanned["cyclonedx"], "pypi"), spdx_components(scanned["spdx"], "pypi")):
        owners: dict[str, str | None] = {}
        for one in listed:
            owner = one.properties.get("pratique:owner")
            owners[one.locations[0]] = packages[owner].name if owner else None
            assert one.layer == (1 if one.locations[0].startswith("usr/local/") else 0)
        assert owners == {path: owner_by_dpkg(image[1], path) for path in owners}
        assert {"python3-six", "python3-yaml", None} == set(owners.values())
        assert sum(path.startswith("usr/local/") for path in owners) == 1


def one_of(found: list[Component], name: str, folder: str) -> Component:
    (only,) = (one for one in found if one.name == name and one.locations[0].startswith(folder))
    return only


def test_what_debian_owns_is_suppressed_with_the_reason_and_what_pip_installed_is_found(scanned: dict[str, Any]) -> None:
    found = scanned["json"]
    assert {(one["finding"]["rule"], one["finding"]["package"]["name"]) for one in found["suppressed"]} == {
        ("PYSEC-2026-1", "six"),
        ("PYSEC-2026-2", "pyyaml"),
    }
    for one in found["suppressed"]:
        assert "pkg:deb/debian/python3-" in one["reason"]
        assert one["finding"]["origin"]["layer"] == 0
    findings = {
        (one["rule"], one["package"]["purl"].split("?")[0].rpartition("@")[0], one["origin"]["layer"]) for one in found["findings"] if one["package"]
    }
    assert findings == {("PYSEC-2026-1", "pkg:pypi/six", 1), ("CVE-2026-0001", "pkg:deb/debian/python3-six", 0)}


def test_sarif_shows_the_suppression_and_the_owner(scanned: dict[str, Any]) -> None:
    (log,) = scanned["sarif"]["runs"]
    six = one_of(components(scanned["cyclonedx"], "pypi"), "six", "usr/lib/python3/")
    results = [one for one in log["results"] if one["ruleId"] == "PYSEC-2026-1"]
    owners = {one["properties"].get("pratique:owner"): one.get("suppressions", []) for one in results}
    assert owners.keys() == {six.properties["pratique:owner"], None}
    assert owners[None] == []
    (suppression,) = owners[six.properties["pratique:owner"]]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert "python3-six" in suppression["justification"]


def test_without_debians_feed_nothing_is_suppressed(image: tuple[Path, Path], tmp_path: Path) -> None:
    documents = scan(image[0], tmp_path, PYTHON)
    found = documents["json"]
    assert found["blind"] is True
    assert found["suppressed"] == []
    six = [one for one in found["findings"] if one["rule"] == "PYSEC-2026-1"]
    assert len(six) == 2
    assert {bool(one["note"]) for one in six} == {True, False}
