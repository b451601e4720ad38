"""`pratique feeds`: status, sync, export, verify."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner
from conftest import shared

from pratique.cli.feeds import feeds
from pratique.errors import Corrupt, InvalidInput, PratiqueError, Unreachable


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("PRATIQUE_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("PRATIQUE_FEEDS", raising=False)

    def run(*words, fails=None):
        result = CliRunner().invoke(feeds, [str(w) for w in words])
        if fails:
            assert isinstance(result.exception, fails), result.exception
            assert isinstance(result.exception, PratiqueError)
            assert result.exception.diagnostics()
        else:
            assert result.exception is None, result.output
        return result

    return run


def test_nothing_is_stored_yet(run):
    assert "sync" in run("status").output
    assert json.loads(run("status", "-f", "json").output)["partitions"] == []


def test_sync_status_verify_export_and_back(run, tmp_path):
    mirror = shared("feeds")
    done = run("sync", "--feeds", mirror, "osv:crates.io", "alpine-secdb:v3.18/main", "kev", "distro-info:debian")
    assert "4 partitions" in done.output
    table = run("status").output.splitlines()
    assert all(len(line) <= 100 for line in table)
    assert any(line.split()[:3] == ["osv", "crates.io", "1,207"] for line in table)
    assert any("v3.18/main" in line and "derived" in line and " no " in line for line in table)
    entries = {(e["feed"], e["partition"]): e for e in json.loads(run("status", "-f", "json").output)["partitions"]}
    assert entries["kev", "2025-11-14"]["records"] == 1460
    assert "undamaged" in run("verify").output
    run("export", tmp_path / "copy")
    shutil.rmtree(tmp_path / "data")
    assert "4 partitions" in run("sync", "--all", "--feeds", tmp_path / "copy").output
    again = {(e["feed"], e["partition"]): e for e in json.loads(run("status", "-f", "json").output)["partitions"]}
    assert {k: (v["digest"], v["records"], v["complete"]) for k, v in again.items()} == {
        k: (v["digest"], v["records"], v["complete"]) for k, v in entries.items()
    }


def test_damage_is_found(run, tmp_path):
    run("sync", "--quiet", "--feeds", shared("feeds"), "osv:crates.io")
    (raw,) = (tmp_path / "data" / "feeds").iterdir()
    raw.write_bytes(b"other")
    assert "damaged" in run("verify", fails=Corrupt).output
    run("export", tmp_path / "copy", fails=Corrupt)
    assert not (tmp_path / "copy" / "index.json").exists()


def test_what_makes_no_sense_is_explained(run, tmp_path):
    assert "osv" in run("sync", "nvd", fails=InvalidInput).exception.remedy
    assert "osv:PyPI" in run("sync", "osv", fails=InvalidInput).exception.remedy
    run("sync", "--offline", fails=InvalidInput)
    run("sync", "--feeds", tmp_path, "kev", fails=InvalidInput)
    run("export", tmp_path / "copy", fails=InvalidInput)
    assert "missing" in run("sync", "--feeds", shared("feeds"), "osv:Nothing", fails=Unreachable).output


def test_quiet_says_nothing_when_all_is_well(run):
    assert run("sync", "--quiet", "--feeds", shared("feeds"), "osv:crates.io").output == ""
