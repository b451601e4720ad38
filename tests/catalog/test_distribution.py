from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.catalog.distribution import PATTERNS, identify, label, osv_ecosystem, release
from pratique.model import Distribution, Origin

OS = "etc/os-release"
LIB = "usr/lib/os-release"


def seen(**documents: str) -> Distribution | None:
    return identify({path.replace("__", "/").replace("_dash_", "-"): text.encode() for path, text in documents.items()}, Origin())


def one(path: str, text: str, **more: str) -> Distribution:
    found = identify({path: text.encode()} | {key: value.encode() for key, value in more.items()}, Origin())
    assert found is not None
    return found


BOOKWORM = 'NAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n'
TRIXIE_SID = 'PRETTY_NAME="Debian GNU/Linux trixie/sid"\nNAME="Debian GNU/Linux"\nVERSION_CODENAME=trixie\nID=debian\n'
JAMMY = 'NAME="Ubuntu"\nVERSION_ID="22.04"\nVERSION="22.04.3 LTS (Jammy Jellyfish)"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian\n'
EDGE = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.21.0_alpha20240923\nPRETTY_NAME="Alpine Linux edge"\n'


@pytest.mark.parametrize(
    ("path", "text", "name", "word", "ecosystem"),
    [
        (OS, BOOKWORM, "debian:12", "12", "Debian:12"),
        (LIB, BOOKWORM, "debian:12", "12", "Debian:12"),
        (OS, TRIXIE_SID, "debian:trixie", "13", "Debian:13"),
        (OS, 'ID=debian\nVERSION_CODENAME="zurg"\n', "debian:zurg", "zurg", None),
        (OS, "ID=debian\n", "debian", "", None),
        ("etc/debian_version", "12.4\n", "debian:12.4", "12", "Debian:12"),
        ("etc/debian_version", "trixie/sid\n", "debian:trixie", "13", "Debian:13"),
        (OS, JAMMY, "ubuntu:22.04", "22.04", "Ubuntu:22.04:LTS"),
        (OS, "ID=ubuntu\nVERSION_ID=23.10\n", "ubuntu:23.10", "23.10", "Ubuntu:23.10"),
        (
            "etc/lsb-release",
            'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\nDISTRIB_CODENAME=trusty\nDISTRIB_DESCRIPTION="Ubuntu 14.04.6 LTS"\n',
            "ubuntu:14.04",
            "14.04",
            "Ubuntu:14.04:LTS",
        ),
        (OS, "ID=alpine\nVERSION_ID=3.18.4\n", "alpine:3.18.4", "v3.18", "Alpine:v3.18"),
        (OS, "ID=alpine\nVERSION_ID=3.18.0_rc1\n", "alpine:3.18.0_rc1", "v3.18", "Alpine:v3.18"),
        (OS, EDGE, "alpine:3.21.0_alpha20240923", "edge", "Alpine:edge"),
        (OS, 'ID=alpine\nVERSION_ID=3.21.0\nPRETTY_NAME="Alpine Linux edge"\n', "alpine:3.21.0", "edge", "Alpine:edge"),
        ("etc/alpine-release", "3.6.5\n", "alpine:3.6.5", "v3.6", "Alpine:v3.6"),
        (OS, 'ID=wolfi\nNAME="Wolfi"\nVERSION_ID="20230201"\n', "wolfi:20230201", "rolling", "Wolfi"),
        (OS, 'ID=chainguard\nNAME="Chainguard"\nVERSION_ID="20230214"\n', "chainguard:20230214", "rolling", "Chainguard"),
        (OS, 'ID="almalinux"\nVERSION_ID="9.3"\nID_LIKE="rhel centos fedora"\n', "almalinux:9.3", "9", "AlmaLinux:9"),
        (OS, 'ID="rocky"\nVERSION_ID="8.9"\n', "rocky:8.9", "8", "Rocky Linux:8"),
        (OS, 'ID="rhel"\nVERSION_ID="9.3"\n', "rhel:9.3", "9", None),
        ("etc/redhat-release", "CentOS release 6.10 (Final)\n", "centos:6.10", "6", None),
        ("etc/redhat-release", "Red Hat Enterprise Linux Server release 7.9 (Maipo)\n", "rhel:7.9", "7", None),
        ("etc/almalinux-release", "AlmaLinux release 9.3 (Shamrock Pampas Cat)\n", "almalinux:9.3", "9", "AlmaLinux:9"),
        ("etc/rocky-release", "Rocky Linux release 8.5 (Green Obsidian)\n", "rocky:8.5", "8", "Rocky Linux:8"),
        ("etc/system-release", "Amazon Linux release 2 (Karoo)\n", "amzn:2", "2", None),
        ("etc/redhat-release", "CentOS Stream release 9\n", "centos:9", "9", None),
        (OS, "ID=linuxmint\nID_LIKE=ubuntu\nVERSION_ID=21.1\n", "linuxmint:21.1", "21.1", None),
    ],
)
def test_a_release_is_named_as_its_feeds_name_it(path: str, text: str, name: str, word: str, ecosystem: str | None) -> None:
    found = one(path, text)
    assert (label(found), release(found), osv_ecosystem(found)) == (name, word, ecosystem)
    assert path in PATTERNS


def test_values_are_quoted_as_os_release_allows() -> None:
    text = '# a comment\n\nID=\'debian\'\nVERSION_ID=12\nNAME="a \\"b\\" \\$c \\`d \\\\"\nPRETTY_NAME=\'x y\'  # no\nID_LIKE="a b"\nnonsense\n=x\n'
    found = one(OS, text)
    assert (found.id, found.name, found.pretty_name, found.id_like) == ("debian", 'a "b" $c `d \\', "x y", ("a", "b"))
    assert one(OS, "ID=debian\\ x\nVERSION_ID=1 2\nNAME=Debian\n", **{"etc/debian_version": "9.1"}).version_id == "1"


def test_the_first_file_that_names_an_id_wins() -> None:
    assert label(one(OS, JAMMY, **{"etc/debian_version": "bookworm/sid"})) == "ubuntu:22.04"
    assert label(one(OS, "NAME=x\n", **{LIB: BOOKWORM})) == "debian:12"
    assert label(one(OS, "", **{"etc/debian_version": "11.2"})) == "debian:11.2"
    assert (
        label(one("etc/rocky-release", "Rocky Linux release 9.1 (x)", **{"etc/redhat-release": "Red Hat Enterprise Linux release 9.1 (x)"}))
        == "rocky:9.1"
    )


def test_what_a_source_leaves_open_is_filled_from_the_next_of_the_same_id() -> None:
    assert release(one(OS, "ID=debian\n", **{"etc/debian_version": "trixie/sid"})) == "13"
    assert release(one(OS, "ID=kali\n", **{"etc/debian_version": "kali-rolling"})) == ""


def test_a_root_without_such_a_file_has_no_distribution() -> None:
    assert identify({}, Origin()) is None
    assert identify({OS: b"\xff\xfe", "etc/redhat-release": b"welcome"}, Origin()) is None
    assert label(None) == ""


@given(
    st.dictionaries(
        st.sampled_from(PATTERNS),
        st.binary(max_size=60) | st.text(alphabet=st.sampled_from("ID=VERSION_\"'\\ \n12.debian()"), max_size=60).map(str.encode),
        max_size=4,
    )
)
def test_any_bytes_are_read_without_an_error(documents: dict[str, bytes]) -> None:
    found = identify(documents, Origin())
    if found is not None:
        assert found.id
        assert label(found).startswith(found.id)
        assert isinstance(release(found), str)
        osv_ecosystem(found)


@pytest.mark.parametrize("text", [" " * 60_000, "A" + " " * 60_000 + "x", 'ID="' + "\\" * 60_000, "ID=" + "x" * 60_000, "A=\n" * 20_000])
def test_a_hostile_file_takes_no_time(text: str) -> None:
    for path in PATTERNS:
        identify({path: text.encode()}, Origin())
