"""What is said of a real Debian is what `find`, `getcap` and `readelf` say of it, and nothing of it is nonsense."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import CI, need, shared
from image_maker import Layer, Nothing, file, folder, make_oci_layout, symlink
from parts_debian import debian_rootfs
from product import run


def scanned(image: str, data: Path, *words: str) -> dict[str, Any]:
    return run("scan", image, "--offline", *words, data=data, code=None, formats=("json",))["json"]  # type: ignore[no-any-return]


def of(report: dict[str, Any], *rules: str) -> set[str]:
    return {finding["subject"] for finding in report["findings"] if finding["rule"] in rules}


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A real root file system, unpacked for `find`, and what Pratique says of the image of it."""
    tar = debian_rootfs("trixie")
    if os.geteuid() != 0:
        pytest.fail("unpacking needs root") if CI else pytest.skip("unpacking owners and devices needs root")
    root = tmp_path_factory.mktemp("root")
    subprocess.run(["tar", "-C", root, "-xpf", tar, "--exclude=./dev/*"], check=True)
    layout = make_oci_layout(
        tmp_path_factory.mktemp("image") / "layout", [Layer(raw=tar.read_bytes(), instruction="ADD rootfs.tar /")], compression="none"
    )
    return root, scanned(f"oci:{layout.path}", tmp_path_factory.mktemp("data"), "--persona", "auditor")


def found_by_find(root: Path, *words: str) -> set[str]:
    done = subprocess.run([need("find", "findutils"), root, "-xdev", *words, "-printf", "%P\\n"], capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")) - {""}


def test_setuid_files_are_those_of_find(debian: tuple[Path, dict[str, Any]]) -> None:
    root, report = debian
    truth = found_by_find(root, "-type", "f", "(", "-perm", "-4000", "-o", "(", "-perm", "-2000", "-perm", "-0010", ")", ")")
    assert len(truth) > 5
    assert of(report, "setuid-file", "setuid-shipped") == truth
    assert of(report, "setuid-file") == set(), "the distribution's own are not said to be foreign"


def test_world_writable_files_are_those_of_find(debian: tuple[Path, dict[str, Any]]) -> None:
    root, report = debian
    assert of(report, "world-writable") == found_by_find(root, "(", "-type", "f", "-o", "-type", "d", ")", "-perm", "-0002", "!", "-perm", "-1000")


def test_what_could_be_started_is_what_find_and_the_first_bytes_say(debian: tuple[Path, dict[str, Any]]) -> None:
    root, report = debian
    truth = {path for path in found_by_find(root, "-type", "f", "-perm", "/0111") if (root / path).read_bytes()[:4].startswith((b"\x7fELF", b"#!"))}
    listed = {one["path"]: one for one in report["executables"]}
    assert set(listed) == truth
    assert len(truth) > 300
    assert listed["usr/bin/dpkg"]["owner"].startswith("pkg:deb/debian/dpkg@")
    unowned = sorted(path for path, one in listed.items() if not one["owner"])
    by_dpkg = subprocess.run(
        [need("dpkg-query", "dpkg"), f"--admindir={root}/var/lib/dpkg", "-S", *(f"/{path}" for path in unowned)], capture_output=True, text=True
    )
    assert unowned == [] or by_dpkg.stdout == ""


def test_no_capabilities_where_getcap_finds_none(debian: tuple[Path, dict[str, Any]]) -> None:
    root, report = debian
    assert subprocess.run([need("getcap", "libcap2-bin"), "-r", root], capture_output=True, text=True).stdout == ""
    assert of(report, "file-capabilities") == set()


def test_capabilities_are_those_of_getcap(tmp_path: Path) -> None:
    program = tmp_path / "server"
    program.write_bytes(b"#!/bin/sh\n")
    program.chmod(0o755)
    done = subprocess.run([need("setcap", "libcap2-bin"), "cap_net_raw,cap_sys_admin,cap_bpf+ep", program], capture_output=True)
    if done.returncode:
        pytest.fail("setcap failed") if CI else pytest.skip("this file system keeps no capabilities")
    value = os.getxattr(program, "security.capability")
    layers = [Layer(file("app/server", b"#!/bin/sh\n", mode=0o755, xattrs={"security.capability": value}))]
    report = scanned(f"oci:{make_oci_layout(tmp_path / 'layout', layers).path}", tmp_path / "data")
    (finding,) = [one for one in report["findings"] if one["rule"] == "file-capabilities"]
    truth = subprocess.run([need("getcap", "libcap2-bin"), program], capture_output=True, text=True).stdout
    assert {name for name in finding["message"].replace(",", " ").split() if name.startswith("cap_")} == set(
        truth.split()[-1].split("=")[0].split(",")
    )


QUIET = {"user-root", "image-age", "end-of-life"}
"""What a user expects to hear of a plain base image."""


def test_a_plain_debian_gives_no_nonsense(debian: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    tar = debian_rootfs("trixie")
    layout = make_oci_layout(tmp_path / "layout", [Layer(raw=tar.read_bytes(), instruction="ADD rootfs.tar /")], compression="none")
    report = scanned(f"oci:{layout.path}", tmp_path / "data")
    assert {one["rule"] for one in report["findings"] if one["kind"] in ("hardening", "malware")} <= QUIET


@pytest.mark.parametrize("name", ["alpine-3.6", "alpine-3.12", "alpine-3.20", "alpine-edge", "almalinux-9-micro-aarch64", "almalinux-8-micro-s390x"])
def test_a_plain_image_gives_no_nonsense(name: str, tmp_path: Path) -> None:
    report = scanned(str(shared("images", f"{name}.docker.tar.gz")), tmp_path)
    assert {one["rule"] for one in report["findings"] if one["kind"] in ("hardening", "malware")} <= QUIET


def test_each_finding_names_the_layer_that_brought_it(tmp_path: Path) -> None:
    steps = [
        Layer(
            file("usr/bin/su", b"x", mode=0o4755), folder("tmp", mode=0o1777), file("etc/passwd", "root:x:0:0::/:/bin/sh\n"), instruction="ADD base /"
        ),
        Layer(file("app/run.sh", "#!/bin/sh\n", mode=0o777), instruction="COPY . /app"),
        Nothing("USER app"),
        Layer(file("usr/bin/su", b"x", mode=0o755), file("etc/passwd", "root:x:0:0::/:/bin/sh\napp:x:0:0::/:/bin/sh\n"), instruction="RUN useradd"),
        Layer(symlink("app/lib.so", "/proc/self/exe"), instruction="RUN evil"),
    ]
    report = scanned(f"oci:{make_oci_layout(tmp_path / 'layout', steps, config={'User': 'app'}).path}", tmp_path / "data")
    where = {(one["rule"], one["subject"]): one["origin"]["instruction"] for one in report["findings"] if one["kind"] in ("hardening", "malware")}
    assert where["world-writable", "app/run.sh"] == "COPY . /app"
    assert where["second-root-account", "etc/passwd"] == "RUN useradd"
    assert where["engine-attack", "app/lib.so"] == "RUN evil"
    assert ("user-root", "config:user") in where, "`app` has user id 0 in the image's own passwd"
    assert ("setuid-file", "usr/bin/su") not in where, "a later layer took the bit away"


def test_what_an_address_of_shadow_holds_is_nowhere(tmp_path: Path) -> None:
    secret = "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/"
    layers = [Layer(file("etc/shadow", f"root:{secret}:1:0:99999:7:::\nme::1::::::\n"), file("etc/passwd", "root:x:0:0::/:/bin/sh\n"))]
    report = scanned(f"oci:{make_oci_layout(tmp_path / 'layout', layers).path}", tmp_path / "data")
    assert len([one for one in report["findings"] if one["rule"] == "weak-password"]) == 2
    for path in (tmp_path / "data").rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes()
    import sqlite3
    import zlib
    from contextlib import closing

    with closing(sqlite3.connect(tmp_path / "data" / "evidence.sqlite")) as db:
        for (data,) in db.execute("select data from evidence union all select data from inventory").fetchall():
            if data:
                assert secret.encode() not in zlib.decompress(data)
