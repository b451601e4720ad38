"""What is said of programs is what binutils' readelf says, and what a compiler was told to make."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from conftest import need
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.catalog.observer import Member
from pratique.catalog.planting import plant
from pratique.catalog.programs import PROGRAMS, Program, programs, started
from pratique.checks.check import Planted
from pratique.formats.elfdefences import Defences

SOURCE = "#include <stdio.h>\n#include <string.h>\nint main(int n, char **a) { char b[64]; strcpy(b, a[0]); puts(b); return n; }\n"


def seen(data: bytes, piece: int = 1 << 20, mode: int = 0o755) -> Program | None:
    stream = PROGRAMS.stream(Member("x", "f", mode, size=len(data)))  # type: ignore[misc]
    for at in range(0, len(data), piece):
        stream.feed(memoryview(data)[at : at + piece])
    import msgspec

    return next((msgspec.msgpack.decode(document.data, type=Program) for document in stream.close()), None)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["-fPIE", "-pie", "-Wl,-z,relro,-z,now", "-fstack-protector-all"], Defences(True, True, False, "full", True, "")),
        (["-fPIE", "-pie", "-Wl,-z,relro,-z,lazy", "-fno-stack-protector"], Defences(True, True, False, "partial", False, "")),
        (["-fno-pie", "-no-pie", "-Wl,-z,norelro", "-fno-stack-protector"], Defences(True, False, False, "none", False, "")),
        (["-fPIE", "-pie", "-Wl,-z,execstack", "-Wl,-z,now", "-fstack-protector-all"], Defences(True, True, True, "full", True, "")),
        (["-pie", "-Wl,-z,now", "-Wl,-rpath,lib:/tmp/x", "-fno-stack-protector"], Defences(True, True, False, "full", False, "lib:/tmp/x")),
        (
            ["-shared", "-fPIC", "-Wl,-z,now", "-Wl,--disable-new-dtags,-rpath,$ORIGIN", "-fno-stack-protector"],
            Defences(False, True, False, "full", False, "$ORIGIN"),
        ),
    ],
)  # fmt: skip
def test_what_the_compiler_was_told_is_what_is_seen(tmp_path: Path, flags: list[str], expected: Defences) -> None:
    out = tmp_path / "out"
    subprocess.run([need("gcc"), "-x", "c", "-", "-o", out, *flags], input=SOURCE.encode(), check=True, capture_output=True)
    data = out.read_bytes()
    for piece in (1 << 20, 100_000, 4096, 1000, 7):
        found = seen(data, piece)
        assert found is not None
        assert found.defences == expected


def read_by_binutils(path: Path) -> tuple[bool, bool, str, str]:
    text = subprocess.run([need("readelf", "binutils"), "-W", "-h", "-l", "-d", path], capture_output=True, text=True, errors="replace").stdout
    stack = re.search(r"GNU_STACK.*?0x\S+ 0x\S+ ([RWE ]+) ", text)
    now = "BIND_NOW" in text or re.search(r"FLAGS_1.*\bNOW\b", text)
    dynamic = "Dynamic section at" in text
    relro = "" if not dynamic else "none" if "GNU_RELRO" not in text else "full" if now else "partial"
    run_path = re.search(r"\((?:RUNPATH|RPATH)\)\s+Library r\w+path: \[(.*)\]", text)
    return "Type:                              DYN" in text, stack is not None and "E" in stack[1], relro, run_path[1] if run_path else ""


def test_of_every_program_of_this_machine_readelf_says_the_same() -> None:
    files = [path for path in sorted(Path("/usr/bin").iterdir()) if path.is_file() and not path.is_symlink()]
    compared = 0
    for path in files[:: max(1, len(files) // 150)]:
        data = path.read_bytes()
        found = seen(data) if data[:4] == b"\x7fELF" else None
        if found is None:
            continue
        assert found.defences is not None
        compared += 1
        assert (found.defences.pie, found.defences.stack_executable, found.defences.relro, found.defences.run_path) == read_by_binutils(path), path
    assert compared > 20


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(1, 100))
def test_garbage_says_nothing_and_raises_nothing(data: bytes, piece: int) -> None:
    seen(b"\x7fELF\x02\x01\x01" + data, piece)
    seen(b"#!" + data, piece)


def test_what_could_be_started_is_listed_with_its_owner(tmp_path: Path) -> None:
    out = tmp_path / "out"
    subprocess.run([need("gcc"), "-x", "c", "-", "-o", out], input=SOURCE.encode(), check=True, capture_output=True)
    program = out.read_bytes()
    tree = plant(
        (
            Planted("usr/bin/tool", program, 0o755, owner="tool"),
            Planted("opt/run.sh", b"#!/bin/sh -e\nexit\n", 0o755),
            Planted("opt/data.sh", b"#!/bin/sh\n", 0o644),
            Planted("opt/again", b"", 0o755, "h", link="usr/bin/tool"),
            Planted("opt/text", b"hello", 0o755),
        ),
        (PROGRAMS,),
    )
    assert [(one.node.path, one.program.interpreter, one.owner) for one in started(tree)] == [
        ("opt/again", "", ""),
        ("opt/run.sh", "/bin/sh -e", ""),
        ("usr/bin/tool", "", "pkg:deb/debian/tool@1"),
    ]
    assert set(programs(tree)) == {"usr/bin/tool", "opt/run.sh"}
