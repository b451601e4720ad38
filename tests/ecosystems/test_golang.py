"""Go executables against `go version -m`."""

import io
import itertools
import os
import subprocess

import pytest
from conftest import need
from ecosystems.walking import found
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.catalog.ecosystem import Group
from pratique.catalog.observer import Member
from pratique.ecosystems.golang import BUILDINFO, DEVEL, ECOSYSTEM, reduce
from pratique.formats import gobuildinfo
from pratique.formats.elf import ELF
from pratique.model import Document, Gap, Package

MODULE = """module example.com/Team/app
go 1.21
require (
	github.com/BurntSushi/toml v1.3.2
	golang.org/x/text v0.14.0
	example.com/local v1.0.0
)
replace golang.org/x/text => golang.org/x/text v0.13.0
replace example.com/local => ./local
"""
MAIN = """package main
import ("github.com/BurntSushi/toml"; "golang.org/x/text/language"; "example.com/local")
func main() { var v map[string]any; _, err := toml.Decode("a=1", &v); println(err, language.English.String(), local.X) }
"""
SMALL = 'package main\n// int f(void) { return 1; }\nimport "C"\nfunc main() { println(C.f()) }\n'
BUILDS = {
    "plain": ((), {}, "."),
    "stripped": (("-ldflags=-s -w",), {}, "."),
    "trimmed": (("-trimpath", "-ldflags=-s -w -buildid="), {}, "."),
    "pie": (("-buildmode=pie", "-trimpath"), {}, "."),
    "arm64": ((), {"GOARCH": "arm64", "CGO_ENABLED": "0"}, "."),
    "s390x": (("-ldflags=-s -w",), {"GOARCH": "s390x", "CGO_ENABLED": "0"}, "."),
    "cgo": (("-ldflags=-linkmode=external",), {"CGO_ENABLED": "1"}, "./cgo"),
    "anonymous": (("-ldflags=-linkmode=external -s -w -buildid=",), {"CGO_ENABLED": "1"}, "./cgo"),
    "nomodules": ((), {"GO111MODULE": "off", "CGO_ENABLED": "0"}, "./plain/main.go"),
}
OLD = "1.17.13"


def environment(**more):
    return (
        {k: v for k, v in os.environ.items() if not k.startswith("GO") or k in {"GOPROXY", "GOMODCACHE", "GOPATH", "GOCACHE", "GOSUMDB"}}
        | {"GOFLAGS": ""}
        | more
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Executables of the real toolchain, in each way that changes what they say of themselves."""
    go = need("go", "golang-go")
    need("gcc")
    folder = tmp_path_factory.mktemp("go")
    source = folder / "source"
    for path, text in {"go.mod": MODULE, "main.go": MAIN, "local/go.mod": "module example.com/local\n", "local/x.go": "package local\nconst X = 1\n",
                       "cgo/main.go": SMALL, "plain/main.go": "package main\nfunc main() { println(1) }\n"}.items():  # fmt: skip
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(text)
    subprocess.run([go, "mod", "tidy"], cwd=source, env=environment(), check=True, timeout=200, capture_output=True)
    (folder / "bin").mkdir()
    for name, (flags, env, package) in BUILDS.items():
        subprocess.run(
            [go, "build", "-buildvcs=false", *flags, "-o", folder / "bin" / name, package],
            cwd=source,
            env=environment(**env),
            check=True,
            timeout=300,
        )
    return folder / "bin"


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """Executables of a toolchain that wrote pointers instead of texts."""
    go = need("go", "golang-go")
    folder = tmp_path_factory.mktemp("old")
    (folder / "go.mod").write_text("module example.com/old\ngo 1.17\nrequire golang.org/x/sys v0.1.0\n")
    (folder / "main.go").write_text('package main\nimport "golang.org/x/sys/cpu"\nfunc main() { println(cpu.Initialized) }\n')
    subprocess.run([go, "mod", "tidy"], cwd=folder, env=environment(), check=True, timeout=100, capture_output=True)
    for arch in ("amd64", "386", "s390x", "mips"):
        env = environment(GOTOOLCHAIN=f"go{OLD}", GOFLAGS="-mod=mod", GOARCH=arch, CGO_ENABLED="0")  # the toolchain is a module like any other
        subprocess.run([go, "build", "-ldflags=-s -w", "-o", f"bin/{arch}", "."], cwd=folder, env=env, check=True, timeout=300, capture_output=True)
    return folder / "bin"


def truth(path):
    """The toolchain and `{(path, version)}` of the main module and its dependencies, as linked, by go itself."""
    lines = subprocess.run(
        [need("go"), "version", "-m", path], env=environment(), capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    modules = []
    for line in lines[1:]:
        fields = line.strip("\t").split("\t")
        if fields[0] in {"mod", "dep"}:
            modules.append((fields[1], fields[2]))
        elif fields[0] == "=>":
            modules[-1] = (fields[1], fields[2]) if fields[2].startswith("v") else (modules[-1][0], DEVEL)
    return lines[0].rpartition(": ")[2], set(modules)


def check(folder, name):
    packages, gaps = found(ECOSYSTEM, folder)
    mine = [p for p in packages if p.locations == (name,)]
    toolchain, modules = truth(folder / name)
    assert {(p.full_name, p.version) for p in mine} == modules | {("stdlib", toolchain.removeprefix("go"))}
    assert len(mine) == len(modules) + 1
    return mine, [g for g in gaps if g.path == name]


@pytest.mark.parametrize("name", ["plain", "stripped", "trimmed", "pie", "arm64", "s390x", "cgo", "anonymous"])
def test_modules_equal_go_version(built, name):
    _, gaps = check(built, name)
    assert gaps == []


def test_a_replaced_module_is_what_was_linked(built):
    mine, _ = check(built, "trimmed")
    found = {p.full_name: p for p in mine}
    assert found["golang.org/x/text"].version == "v0.13.0"
    assert found["example.com/local"].version == DEVEL
    assert found["github.com/BurntSushi/toml"].purl == "pkg:golang/github.com/burntsushi/toml@v1.3.2"
    assert "golang.org/x/text" in found["example.com/Team/app"].depends


def test_a_build_without_modules_is_said(built):
    packages, gaps = found(ECOSYSTEM, built)
    assert {p.name for p in packages if p.locations == ("nomodules",)} == {"stdlib"}
    assert {g.id for g in gaps if g.path == "nomodules"} == {"go-without-modules"}


def test_the_first_bytes_tell_go_from_others(built):
    assert all(gobuildinfo.may_be_go((built / name).read_bytes()[:4096]) for name in BUILDS if name != "anonymous")
    assert not gobuildinfo.may_be_go((built / "anonymous").read_bytes()[:65536])
    assert gobuildinfo.may_hide_go((built / "anonymous").read_bytes()[:4096])
    for other in (need("sh"), need("gcc"), need("node", "nodejs")):
        with open(other, "rb") as file:
            assert not gobuildinfo.may_be_go(file.read(65536))


@pytest.mark.parametrize("arch", ["amd64", "386", "s390x", "mips"])
def test_pointers_of_any_size_and_order_are_followed(old, arch):
    data = (old / arch).read_bytes()
    assert not data[data.index(gobuildinfo.MAGIC) + 15] & 2  # indeed pointers: a go before 1.21 fetches no other toolchain
    mine, gaps = check(old, arch)
    assert {p.full_name for p in mine} == {"stdlib", "example.com/old", "golang.org/x/sys"}
    assert gaps == []


def test_without_section_names_the_data_is_searched(built):
    data = bytearray((built / "stripped").read_bytes())
    data[40:48] = bytes(8)  # e_shoff: as sstrip leaves it
    assert gobuildinfo.find(io.BytesIO(bytes(data))) == gobuildinfo.find(io.BytesIO((built / "stripped").read_bytes())) is not None


@pytest.mark.parametrize("size", [1 << 10, 1 << 18, 1 << 30])
def test_the_search_in_passing_finds_what_a_seeking_reader_finds(built, size):
    for name in ("trimmed", "anonymous"):
        data = (built / name).read_bytes()
        search = gobuildinfo.Search()
        for start in range(0, len(data), size):
            search.feed(data[start : start + size])
        assert search.result() == gobuildinfo.find(io.BytesIO(data)) is not None
    search = gobuildinfo.Search()
    search.feed(b"\x7fELF" + gobuildinfo.MAGIC + bytes(100_000))
    assert search.result() is None


def see(data, path="bin/x"):
    return list(ECOSYSTEM.packages(Group(path, "", (Document(BUILDINFO, path, data),))))


@pytest.mark.parametrize(
    ("toolchain", "release"),
    [
        ("go1.20", "1.20.0"),
        ("go1.21rc2", "1.21.0-rc.2"),
        ("go1.18.4 (Red Hat 1.18.4-2.el9)", "1.18.4"),
        ("go1.21.0 X:boringcrypto", "1.21.0"),
        ("go1.9beta1", "1.9.0-beta.1"),
    ],
)
def test_a_toolchain_is_named_as_osv_names_it(toolchain, release):
    (package,) = see(f"{toolchain}\npath\tcmd/x\n".encode())[:1]
    assert (package.name, package.version, package.purl) == ("stdlib", release, f"pkg:golang/stdlib@{release}")
    ECOSYSTEM.order(package.version)


def test_an_unreleased_toolchain_is_said():
    gap, _ = see(b"devel go1.20-abcdef Mon\n")
    assert isinstance(gap, Gap)


def test_the_tools_of_go_itself_are_the_toolchain():
    assert {p.name for p in see(b"go1.22.1\npath\tcmd/go\nbuild\t-trimpath=true\n")} == {"stdlib", "toolchain"}


def test_other_executables_are_nothing_and_damaged_go_ones_a_value_error(built):
    with open(need("sh"), "rb") as file:
        assert list(reduce(Member("bin/sh", "f"), file)) == []
    data = (built / "stripped").read_bytes()
    at = data.index(gobuildinfo.MAGIC)
    with pytest.raises(ValueError, match="outside"):
        list(reduce(Member("bin/x", "f"), io.BytesIO(data[: at + 100])))
    (gap,) = reduce(Member("bin/x", "f"), io.BytesIO(data[:at] + bytes(32) + data[at + 32 :]))
    assert gap.id == "go-buildinfo-missing"


def test_segments_that_overlap_and_magics_without_end_are_refused():
    head = bytearray(64 + 56 * 900 + (1 << 20))
    head[:20] = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\0\x3e\0"
    head[32:40], head[54:58] = (64).to_bytes(8, "little"), (56).to_bytes(2, "little") + (900).to_bytes(2, "little")
    for n in range(900):
        values = [1 | 6 << 32, 0, 0, 0, len(head), len(head), 0]
        head[64 + 56 * n : 120 + 56 * n] = b"".join(v.to_bytes(8, "little") for v in values)
    with pytest.raises(ValueError, match="overlap"):
        gobuildinfo.find(io.BytesIO(bytes(head)))
    head[1 << 16 :] = (gobuildinfo.MAGIC + b"\x08\x02") * ((len(head) - (1 << 16)) // 16)
    with pytest.raises(ValueError, match="begins Go"):
        gobuildinfo.find(io.BytesIO(bytes(head)))
    search = gobuildinfo.Search()
    for start in range(0, len(head), 1 << 16):
        search.feed(head[start : start + (1 << 16)])
    with pytest.raises(ValueError, match="begins Go"):
        search.result()


@pytest.fixture(scope="module")
def tiny(built, old):
    """The parts of two executables around their build information."""
    result = []
    for path in (built / "stripped", old / "s390x"):
        data = path.read_bytes()
        result.append((data, len(data), data.index(gobuildinfo.MAGIC)))
    return result


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damaged_executables_raise_nothing_but_value_error(tiny, data):
    whole, length, at = data.draw(st.sampled_from(tiny))
    damaged = bytearray(whole)
    places = st.integers(0, 600) | st.integers(at, at + 60)
    for position, value in data.draw(st.lists(st.tuples(places, st.sampled_from([0, 1, 2, 8, 0x7F, 0xFF])), max_size=5)):
        damaged[position] = value
    cut = data.draw(st.just(length) | st.integers(0, length))
    try:
        for item in reduce(Member("bin/x", "f"), io.BytesIO(bytes(damaged[:cut]))):
            if isinstance(item, bytes):
                assert all(isinstance(p, Package | Gap) for p in see(item))
        ELF(io.BytesIO(bytes(damaged[:cut])))
    except ValueError:
        return


@settings(max_examples=200)
@given(st.text(max_size=60) | st.text("moddep=>\t\nv1.a/", max_size=80))
def test_any_text_of_modules_is_packages_or_gaps(text):
    assert all(isinstance(item, Package | Gap) for item in see(f"go1.20\n{text}".encode()))


def test_versions_order_as_go_modules():
    assert all(ECOSYSTEM.order(a) < ECOSYSTEM.order(b) for a, b in itertools.pairwise(ECOSYSTEM.ascending))
    with pytest.raises(ValueError, match="semantic"):
        ECOSYSTEM.order(DEVEL)
