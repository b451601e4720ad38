"""An analyser is given code and nothing else; whatever it does is bounded, and said."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

import pytest

from pratique.analysers.sandbox import Limits, Ran, Scratch, run


def fake(folder: Path, program: str) -> str:
    """Make a program of Python lines."""
    path = folder / "fake"
    path.write_text(f"#!{sys.executable} -S\nimport os, sys, time, socket\n{program}\n")
    path.chmod(0o755)
    return str(path)


def ran(folder: Path, program: str, **limits: float) -> Ran:
    with Scratch() as scratch:
        scratch.add("srv/app/main.py", b"a = 1\n")
        return run([fake(folder, program)], scratch, limits=Limits(**{"seconds": 20, **limits}))  # type: ignore[arg-type]


def test_code_lies_under_names_of_ours(tmp_path: Path) -> None:
    with Scratch() as scratch:
        for path in ("a/../../etc/passwd.py", "x\n;rm.py", "-rf.py", "odd.p/y", "long." + "y" * 300):
            scratch.add(path, b"1")
        names = sorted(path.name for path in scratch.code.iterdir())
        assert names == ["000001.py", "000002.py", "000003.py", "000004", "000005"]
        assert scratch.path(str(scratch.code / "000002.py")) == "x\n;rm.py"
        assert scratch.path("/etc/passwd") is None
        root = scratch.root
    assert not root.exists()


def test_what_it_says_comes_back(tmp_path: Path) -> None:
    result = ran(tmp_path, "print(sorted(os.listdir('.')), os.getcwd().startswith('/')); sys.exit(1)")
    assert (result.code, result.output, result.gaps) == (1, b"['000001.py'] True\n", ())


def test_one_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "child"
    begun = time.monotonic()
    result = ran(tmp_path, "pid = os.fork()\nprint(os.getpid() if pid else '', flush=True)\ntime.sleep(60)", seconds=1)
    assert time.monotonic() - begun < 10
    assert not result.whole
    assert [gap.id for gap in result.gaps] == ["analyser-failed"]
    assert "1 seconds" in result.gaps[0].message
    assert result.gaps[0].blind
    group = int(result.output.split()[0])
    with pytest.raises(ProcessLookupError):
        for _ in range(100):
            os.killpg(group, 0)
            time.sleep(0.05)
    assert not mark.exists()


def test_one_that_floods_is_ended(tmp_path: Path) -> None:
    result = ran(tmp_path, "while True: sys.stdout.write('x' * 65536)", output=1 << 20)
    assert not result.whole
    assert "wrote more than 1024 KiB" in result.gaps[0].message
    assert len(result.output) < 2 << 20


def test_one_that_floods_its_errors_is_ended(tmp_path: Path) -> None:
    assert "wrote more than" in ran(tmp_path, "while True: sys.stderr.write('x' * 65536)", output=1 << 20).gaps[0].message


def test_it_cannot_take_all_memory(tmp_path: Path) -> None:
    result = ran(tmp_path, "a = bytearray(3 << 30); print('had it')", memory=1 << 30)
    assert result.code != 0
    assert b"had it" not in result.output


def test_it_cannot_fill_the_disk(tmp_path: Path) -> None:
    result = ran(tmp_path, "f = open('big', 'wb')\nfor _ in range(64): f.write(b'x' * (1 << 20)); f.flush()\nprint('wrote it')", file=4 << 20)
    assert b"wrote it" not in result.output


def test_it_cannot_write_elsewhere(tmp_path: Path) -> None:
    with Scratch():  # a probe: whether this system confines at all
        if any(gap.id == "analyser-unconfined" for gap in ran(tmp_path, "pass").gaps):
            pytest.skip("this kernel has no Landlock or gives no user namespaces")
    aim = tmp_path / "elsewhere"
    program = f"""
for path in ({str(aim)!r}, os.path.expanduser('~root/x'), '/tmp/pratique-elsewhere'):
    try:
        open(path, 'w').close(); print('wrote', path)
    except OSError as fault:
        print(type(fault).__name__)
try:
    os.symlink('/etc', 'link'); open('link/pratique-elsewhere', 'w'); print('wrote through')
except OSError as fault:
    print(type(fault).__name__)
open('../tmp/own', 'w').write('x'); print('own')
"""
    result = ran(tmp_path, program)
    assert result.output.split() == [b"PermissionError"] * 4 + [b"own"]
    assert not aim.exists()


def test_it_has_no_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        result = ran(tmp_path, f"try:\n    socket.create_connection(('127.0.0.1', {port}), 2); print('reached')\nexcept OSError: print('nothing')")
    unconfined = any("network" in gap.message for gap in result.gaps)
    assert result.output == (b"reached\n" if unconfined else b"nothing\n")


def test_it_is_given_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    said = ran(tmp_path, "print(sorted(os.environ), [v for v in os.environ.values() if 'secret' in v], os.environ['HOME'])").output.decode()
    assert "GITHUB_TOKEN" not in said
    assert "PROXY" not in said
    assert "SSH" not in said
    assert "[]" in said
    assert str(Path.home()) not in said.split()[-1]


def test_a_program_that_is_none_is_said(tmp_path: Path) -> None:
    with Scratch() as scratch:
        result = run([str(tmp_path / "nothing")], scratch)
    assert result.code == 127
    assert result.output == b""
