"""ELF files against readelf."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import need
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.formats.elf import ELF, PF_R, PF_W, PF_X, Section

PYTHON = Path(os.path.realpath(sys.executable))


@pytest.fixture(scope="module")
def crossed(tmp_path_factory):
    """Executables of other machines: 32 and 64 bits, either byte order."""
    go = need("go", package="golang-go")
    folder = tmp_path_factory.mktemp("crossed")
    (folder / "main.go").write_text("package main\nfunc main() { println(1) }\n")
    found = {}
    for arch in ("s390x", "mips", "386", "arm64"):
        env = os.environ | {"GOARCH": arch, "CGO_ENABLED": "0", "GOFLAGS": "", "GO111MODULE": "off"}
        subprocess.run([go, "build", "-o", arch, "main.go"], cwd=folder, env=env, check=True, timeout=200)
        found[arch] = folder / arch
    return found


def readelf_sections(path):
    text = subprocess.run([need("readelf", package="binutils"), "-SW", path], capture_output=True, text=True, check=True, timeout=30).stdout
    pattern = re.compile(r"^  \[ *\d+\] (\S*) +(\S+) +([0-9a-f]{8,16}) ([0-9a-f]{6,}) ([0-9a-f]{6,}) ", re.M)
    return [(name, int(address, 16), int(offset, 16), int(size, 16)) for name, kind, address, offset, size in pattern.findall(text)]


def readelf_segments(path):
    text = subprocess.run([need("readelf", package="binutils"), "-lW", path], capture_output=True, text=True, check=True, timeout=30).stdout
    pattern = re.compile(r"^  [A-Z_+0-9a-fx]+ +0x([0-9a-f]+) 0x([0-9a-f]+) 0x[0-9a-f]+ 0x([0-9a-f]+) 0x([0-9a-f]+) (.)(.)(.) ", re.M)
    return [
        (*(int(x, 16) for x in (offset, address, size, memory)), (r == "R") * PF_R | (w == "W") * PF_W | (x == "E") * PF_X)
        for offset, address, size, memory, r, w, x in pattern.findall(text)
    ]


def compare(path):
    with path.open("rb") as file:
        elf = ELF(file)
        assert [(s.name, s.address, s.offset, s.size) for s in elf.sections()] == readelf_sections(path)
        assert [(s.offset, s.address, s.file_size, s.memory_size, s.flags) for s in elf.segments] == readelf_segments(path)
        return elf


def test_sections_and_segments_of_this_python_equal_readelf():
    assert compare(PYTHON).bits == 64


@pytest.mark.parametrize(("arch", "bits", "big"), [("s390x", 64, True), ("mips", 32, True), ("386", 32, False), ("arm64", 64, False)])
def test_other_machines_equal_readelf(crossed, arch, bits, big):
    elf = compare(crossed[arch])
    assert (elf.architecture, elf.bits, elf.big_endian) == (arch, bits, big)


def test_memory_is_read_through_segments(crossed):
    with crossed["arm64"].open("rb") as file:
        elf = ELF(file)
        section = elf.section(".rodata")
        assert isinstance(section, Section)
        assert elf.memory(section.address, 100) == elf.data(section, 100) != b""
        assert elf.memory(1, 100) == b""


def test_blocks_overlap_and_cover_a_section(crossed):
    with crossed["arm64"].open("rb") as file:
        elf = ELF(file)
        section = elf.section(".rodata")
        whole = elf.data(section, 1 << 30)
        joined = bytearray()
        for position, block in elf.blocks(section, 1000, 15):
            assert bytes(joined[position:]) == block[: len(joined) - position]
            del joined[position:]
            joined += block
        assert joined == whole


def test_a_file_without_section_headers_still_has_segments(crossed):
    data = bytearray(crossed["arm64"].read_bytes())
    data[40:48] = b"\xff" * 8  # e_shoff far behind the end
    elf = ELF(io.BytesIO(bytes(data)))
    assert elf.segments
    assert elf.section(".text") is None
    with pytest.raises(ValueError, match="truncated"):
        elf.sections()


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"\x7fELF\x09\x01" + bytes(60), b"MZ" + bytes(60)])
def test_what_is_no_elf_is_a_value_error(data):
    with pytest.raises(ValueError, match="ELF"):
        ELF(io.BytesIO(data))


def touch(data):
    elf = ELF(io.BytesIO(data))
    for part in (*elf.segments, *elf.sections()):
        elf.data(part, 1000)
        for number, _ in enumerate(elf.blocks(part, 1 << 20, 15)):
            assert number < 1000
    elf.memory(1 << 63, 1 << 63)
    assert elf.section("nothing") is None


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.sampled_from([0, 1, 0x7F, 0xFF])), max_size=8), st.integers(0, 70_000))
def test_damaged_headers_raise_nothing_but_value_error(changes, cut):
    with PYTHON.open("rb") as file:
        head = file.read(66_000)
    data = bytearray(head)
    for position, value in changes:
        data[position] = value
    try:
        touch(bytes(data[: max(cut, 64)]))
    except ValueError:
        return
