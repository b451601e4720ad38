"""The digests of the pass, and what packages declare of them."""

from __future__ import annotations

import hashlib
import io
from base64 import urlsafe_b64encode

import pytest
from conftest import shared
from hypothesis import given, settings
from hypothesis import strategies as st
from rpm_sample import extract

from pratique.catalog.digests import ALL, Digests, decode, select
from pratique.catalog.ecosystem import Declared, Group
from pratique.catalog.observer import Member
from pratique.ecosystems import alpine, debian, pypi, rpm
from pratique.model import Document

MD5 = "0123456789abcdef0123456789abcdef"


def group(*documents: tuple[str, str, bytes]) -> Group:
    return Group("", "", tuple(Document(role, path, data) for role, path, data in documents))


def test_dpkg_declares_checksums_and_settings_where_diversions_put_them() -> None:
    status = f"Package: a\nStatus: install ok installed\nVersion: 1\nConffiles:\n /etc/a {MD5}\n /etc/b {MD5} obsolete\n /etc/c newconffile\n\n"
    found = group(
        ("debian:status", "var/lib/dpkg/status", status.encode()),
        ("debian:md5sums", "var/lib/dpkg/info/a:amd64.md5sums", f"{MD5}  usr/bin/a\n{MD5}  usr/bin/b\nnonsense\n".encode()),
        ("debian:md5sums", "var/lib/dpkg/info/d.md5sums", f"{MD5}  usr/bin/b\n".encode()),
        ("debian:diversions", "var/lib/dpkg/diversions", b"/usr/bin/b\n/usr/bin/b.a\nd\n"),
    )
    digest = bytes.fromhex(MD5)
    assert sorted(debian.sums(found)) == [
        Declared("etc/a", "md5", digest, "a", True),
        Declared("etc/b", "md5", digest, "a", True),
        Declared("usr/bin/a", "md5", digest, "a"),
        Declared("usr/bin/b", "md5", digest, "d"),
        Declared("usr/bin/b.a", "md5", digest, "a"),
    ]


def test_apk_declares_sha1_and_etc_is_settings() -> None:
    text = b"P:a\nV:1\nF:bin\nR:x\na:0:0:755\nZ:Q1MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=\nF:etc\nR:y\nZ:Q1MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=\nR:z\nZ:Q1!\n\n"
    found = list(alpine.sums(group(("alpine:installed", "lib/apk/db/installed", text))))
    assert found[:2] == [Declared("bin/x", "sha1", b"12345678901234567890", "a"), Declared("etc/y", "sha1", b"12345678901234567890", "a", True)]


def test_a_record_declares_sha256_relative_to_its_folder() -> None:
    digest = hashlib.sha256(b"x").digest()
    coded = urlsafe_b64encode(digest).decode().rstrip("=")
    paths = ("six.py", "../../../bin/x", '"a,b.py"', "/etc/passwd")
    lines = "six-1.dist-info/RECORD,,\n" + "".join(f"{path},sha256={coded},1\n" for path in paths)
    kept = next(iter(pypi.reduce_record(Member("a", "f"), io.BytesIO(lines.encode()))))
    assert isinstance(kept, bytes)
    found = list(pypi.sums(group(("pypi:record", "usr/lib/python3/site-packages/six-1.dist-info/RECORD", kept))))
    names = ["usr/lib/python3/site-packages/six.py", "usr/bin/x", "usr/lib/python3/site-packages/a,b.py"]
    assert found == [Declared(name, "sha256", digest, "six") for name in names]


def test_rpm_declares_what_the_files_of_the_image_have() -> None:
    image = "almalinux-9-micro-aarch64.docker.tar.gz"
    shared("images", image)
    kept = next(iter(rpm._keep_sqlite(Member("a", "f"), io.BytesIO(extract(image, "var/lib/rpm/rpmdb.sqlite")))))
    assert isinstance(kept, bytes)
    found = {one.path: one for one in rpm.sums(group(("rpm:sqlite", "var/lib/rpm/rpmdb.sqlite", kept)))}
    assert len(found) > 400
    one = found["usr/bin/bash"]
    assert (one.algorithm, one.package, one.config) == ("sha256", "bash", False)
    assert one.digest == hashlib.sha256(extract(image, "usr/bin/bash")).digest()
    assert found["etc/bashrc"].config


@given(st.binary(max_size=400))
@settings(max_examples=150)
def test_what_is_declared_is_read_from_any_bytes_without_a_fault(data: bytes) -> None:
    for ecosystem, role in ((debian, "debian:md5sums"), (debian, "debian:status"), (alpine, "alpine:installed"), (pypi, "pypi:record")):
        list(ecosystem.sums(group((role, "a/b/c.md5sums", b"\nConffiles:" + data))))
        list(ecosystem.sums(group((role, "a/b/c.md5sums", data))))


@given(
    st.lists(
        st.sampled_from(["etc/apk/a", "etc/apt/a", "usr/bin/a", "usr/lib/x86_64-linux-gnu/a", "opt/a", "srv/x/site-packages/a", "usr/share/doc/a"])
    )
)
@settings(max_examples=80)
def test_a_digest_that_is_kept_is_that_of_the_bytes(paths: list[str]) -> None:
    digests = Digests()
    for path in paths:
        fed = digests.begin(path)
        for one in fed:
            one.update(path.encode())
        if fed:
            digests.end(path, fed)
    for path, kept in decode(digests.encode()).items():
        algorithms = [name for name in ("md5", "sha1", "sha256") if select(kept, name) is not None]
        assert algorithms
        for name in algorithms:
            assert select(kept, name) == hashlib.new(name, path.encode()).digest()


def test_a_marker_of_a_second_family_turns_nothing_off() -> None:
    digests = Digests()
    assert len(digests.begin("usr/bin/a")) == len(ALL)
    digests.begin("etc/apk/x")
    assert len(digests.begin("usr/bin/b")) == 1
    digests.begin("var/lib/dpkg/x")
    assert len(digests.begin("usr/bin/c")) == len(ALL)


@pytest.mark.parametrize("path", ["usr/local/bin/a", "opt/a", "usr/share/doc/a/copyright", "srv/a.py", "usr/lib/python3/a.pyc"])
def test_what_no_package_declares_costs_no_digest(path: str) -> None:
    assert Digests().begin(path) == []
