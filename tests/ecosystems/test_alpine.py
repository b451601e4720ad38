from __future__ import annotations

import json
import random
import re
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import shared
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL
from parts_alpine import RELEASES, files, run, unpacked

from pratique.catalog.ecosystem import Group
from pratique.catalog.observer import Member
from pratique.ecosystems.alpine import ECOSYSTEM, order
from pratique.model import Distribution, Document, Gap, Package, SourcePackage

PATH = "lib/apk/db/installed"
ALPINE = Distribution("alpine", "3.18.4")


def group(data: bytes | str) -> Group:
    return Group("", "", (Document("alpine:installed", PATH, data.encode() if isinstance(data, str) else data),), ALPINE)


def listed(found: Group) -> list[Package]:
    return [item for item in ECOSYSTEM.packages(found) if isinstance(item, Package)]


def gaps(found: Group) -> list[Gap]:
    return [item for item in ECOSYSTEM.packages(found) if isinstance(item, Gap)]


# -------------------------------------------------------------------------------------------------------------- real parts


@pytest.mark.parametrize("release", RELEASES)
def test_packages_equal_the_database_of_each_image(release: str) -> None:
    (data,) = (data for path, data in files(release) if path == PATH)
    lines = data.decode().splitlines()
    truth = {(name[2:], version[2:]) for name, version in zip(*([x for x in lines if x.startswith(p)] for p in ("P:", "V:")), strict=True)}
    assert len(truth) >= 13
    found = listed(group(data))
    assert {(package.name, package.version) for package in found} == truth
    assert len(found) == len(truth)
    assert gaps(group(data)) == []
    names = {package.name for package in found}
    assert all(package.licences and package.arch == "x86_64" and package.source for package in found)
    assert {name for package in found for name in package.depends} <= names
    scanelf = next(package for package in found if package.name == "scanelf")
    assert scanelf.depends == ("musl",)


@pytest.mark.parametrize("release", ["3.18", "edge"])
def test_apk_itself_says_the_same(release: str, tmp_path: Path) -> None:
    root = unpacked(release, tmp_path)
    found = listed(group((root / PATH).read_bytes()))
    assert {f"{package.name}-{package.version}" for package in found} == set(run(root, ["/sbin/apk", "info", "-v"]).split())
    asked = ["bin/busybox", "sbin/apk", "etc/alpine-release", "lib/ld-musl-x86_64.so.1", "etc/shadow", "usr/lib/nothing"]
    assert ECOSYSTEM.owned is not None
    owned = dict(ECOSYSTEM.owned(group((root / PATH).read_bytes()), frozenset(asked)))
    for path in asked:
        said = run(root, ["/sbin/apk", "info", "--who-owns", f"/{path}"])
        match = re.search(r"is owned by (\S+)-[^-\s]+-r\d+", said)
        assert owned.get(path) == (match[1] if match else None)


def versions() -> list[str]:
    """Real versions of every kind that the feed of a release names."""
    packages = json.loads(shared("feeds", "alpine", "edge", "main.json").read_text())["packages"]
    return sorted({version for package in packages for version in package["pkg"]["secfixes"] if re.fullmatch(r"\d[\w.~-]*", version)})


MADE = st.from_regex(
    r"[1-9](\.(0|[1-9]|[1-9][0-9]|0[1-9])){0,3}[a-c]?(_(alpha|beta|pre|rc|cvs|svn|git|hg|p)([1-9][0-9]?)?){0,2}(-r[0-9]{1,2})?", fullmatch=True
)


@pytest.mark.parametrize("release", ["3.20", "edge"])
def test_the_order_is_that_of_apk(release: str, tmp_path: Path) -> None:
    """apk-tools 2.14; 2.12 and older set `_alpha` after the release, and 3 compares zero-led components of different length otherwise."""
    root = unpacked(release, tmp_path)
    draw = random.Random(11)
    real = versions()
    pairs = [tuple(draw.choices(real, k=2)) for _ in range(150)]
    pairs += [(a, b) for a, b in zip(sorted(real), sorted(real)[1:], strict=False)][:: max(1, len(real) // 150)]
    pairs += [(a, b) for a in HARD for b in HARD]
    script = "while read -r a b; do /sbin/apk version -t $a $b; done"
    truth = run(root, ["/bin/sh", "-c", script], "".join(f"{a} {b}\n" for a, b in pairs)).split()
    assert len(truth) == len(pairs) > 400
    for (a, b), word in zip(pairs, truth, strict=True):
        assert "<=>"[(order(a) > order(b)) - (order(a) < order(b)) + 1] == word, (a, word, b)


HARD = (
    "1.0",
    "1.0-r0",
    "1.0-r1",
    "1.0-r10",
    "1.0_alpha",
    "1.0_alpha1",
    "1.0_alpha_p1",
    "1.0_beta",
    "1.0_pre2",
    "1.0_rc1",
    "1.0_rc1-r1",
    "1.0_p1",
    "1.0_p1-r1",
    "1.0_git20240101",
    "1.0a",
    "1.0a_p1",
    "1.0b",
    "1.0.1",
    "1.01",
    "1.02",
    "1.1",
    "1.10",
    "01",
    "2",
    "10",
)


def test_the_order_agrees_with_the_library_on_what_that_knows() -> None:
    from univers.versions import AlpineLinuxVersion

    draw = random.Random(5)
    real = [version for version in versions() if AlpineLinuxVersion.is_valid(version) and not re.search(r"\.0\d", version)]
    for _ in range(400):
        a, b = draw.choices(real, k=2)
        assert (order(a) < order(b)) == (AlpineLinuxVersion(a) < AlpineLinuxVersion(b)), (a, b)


# ------------------------------------------------------------------------------------------------------------------ records

BUSYBOX = """C:Q1x=
P:busybox
V:1.36.1-r5
A:x86_64
L:GPL-2.0-only
o:busybox
m:A <a@x.example>
D:so:libc.musl-x86_64.so.1 cmd:ssl!x ssl_client=1.2-r0 !uclibc-utils pc:x>=1
p:/bin/sh cmd:busybox=1.36.1-r5
F:bin
R:busybox
a:0:0:755
Z:Q1y=
F:usr/sbin
R:thing

"""
MUSL = "P:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\np:so:libc.musl-x86_64.so.1=1\n\n"


def test_a_record_becomes_a_package() -> None:
    (found, _) = listed(group(BUSYBOX.replace("cmd:ssl!x ", "") + MUSL))
    assert found == Package(
        type="apk",
        name="busybox",
        version="1.36.1-r5",
        purl="pkg:apk/alpine/busybox@1.36.1-r5?arch=x86_64&distro=alpine-3.18.4",
        namespace="alpine",
        arch="x86_64",
        source=SourcePackage("busybox", "1.36.1-r5"),
        locations=(PATH,),
        licences="GPL-2.0-only",
        supplier="A <a@x.example>",
        depends=("musl", "ssl_client", "pc:x"),
        distribution="alpine:3.18.4",
    )


def test_a_purl_is_what_the_library_writes() -> None:
    (found,) = listed(group("P:g++\nV:1.0_p1~ab-r1\nA:x86_64\no:gcc\n\n"))
    written = PackageURL("apk", "alpine", "g++", "1.0_p1~ab-r1", {"arch": "x86_64", "distro": "alpine-3.18.4", "upstream": "gcc"}).to_string()
    assert found.purl == written.replace("%2b", "%2B")  # the library lowers the case of the encoding too
    assert found.source == SourcePackage("gcc", "1.0_p1~ab-r1")


@pytest.mark.parametrize(
    ("text", "says", "names"),
    [
        ("P:a\nA:x\n\n", "no version", ["musl"]),
        ("V:1\n\n", "no package name", ["musl"]),
        ("garbage\n\n", "no package name", ["musl"]),
        ("P:a\nV:1\nP:b\nV:2\n\n", "twice", ["a", "musl"]),
        ("P:a\nV:1\nF:bin\nR:x\nP:b\nV:2\n\n", "runs into", ["a", "musl"]),
        ("P:a\nV:1\ngarbage\n\n", "no field", ["a", "musl"]),
    ],
)
def test_a_record_that_cannot_be_read_is_a_blind_gap(text: str, says: str, names: list[str]) -> None:
    found = group(text + MUSL)
    assert [package.name for package in listed(found)] == names
    (gap,) = gaps(found)
    assert says in gap.message
    assert gap.blind


def test_a_file_that_ends_within_a_line_is_noted() -> None:
    (gap,) = gaps(group("P:a\nV:1.2"))
    assert (gap.id, gap.blind) == ("database-cut", False)


def test_a_path_is_owned_before_and_after_the_merge_of_usr() -> None:
    assert ECOSYSTEM.owned is not None
    asked = frozenset({"bin/busybox", "usr/bin/busybox", "sbin/thing", "usr/bin/thing", "busybox", "bin/musl"})
    assert set(ECOSYSTEM.owned(group(BUSYBOX + MUSL), asked)) == {(path, "busybox") for path in ("bin/busybox", "usr/bin/busybox", "sbin/thing")}


def test_a_database_in_usr_is_seen_once() -> None:
    import io

    kept = {}
    for keep in ECOSYSTEM.keeps:
        for path in ("lib/apk/db/installed", "usr/lib/apk/db/installed", "rootfs/usr/lib/apk/db/installed"):
            if path.endswith(keep.patterns[0]):
                kept.setdefault(path, []).extend(
                    [keep.role] if keep.reduce is None else [keep.role for _ in keep.reduce(Member(path, "f"), io.BytesIO(b"x"))]
                )
    assert kept == {
        "lib/apk/db/installed": ["alpine:installed"],
        "usr/lib/apk/db/installed": ["alpine:installed"],
        "rootfs/usr/lib/apk/db/installed": ["alpine:installed"],
    }


# --------------------------------------------------------------------------------------------------------------------- laws


@given(MADE, MADE, MADE)
def test_the_order_is_total(a: str, b: str, c: str) -> None:
    assert (order(a) < order(b)) + (order(a) == order(b)) + (order(a) > order(b)) == 1
    if order(a) <= order(b) <= order(c):
        assert order(a) <= order(c)


@given(st.text(max_size=40) | st.from_regex(r"[0-9a-c._~r-]{0,20}", fullmatch=True))
def test_any_text_has_a_key_or_raises_value_error(text: str) -> None:
    try:
        order(text)
    except ValueError:
        return
    assert text.strip()[0].isdecimal()


@given(st.binary(max_size=200) | st.text(alphabet=st.sampled_from("PVAoLDpFR:\n !=a1"), max_size=200).map(str.encode))
def test_any_bytes_are_read_or_raise_value_error(data: bytes) -> None:
    try:
        list(ECOSYSTEM.packages(group(data)))
        assert ECOSYSTEM.owned is not None
        list(ECOSYSTEM.owned(group(data), frozenset({"a", "bin/a"})))
    except ValueError:
        pass


def test_the_versions_of_the_example_ascend() -> None:
    keys = [ECOSYSTEM.order(version) for version in ECOSYSTEM.ascending]
    assert all(older < newer for older, newer in pairwise(keys))
