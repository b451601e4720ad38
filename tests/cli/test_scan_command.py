"""The command line as a user meets it: exit codes, filters, files, messages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import image_maker as im
import mirror_maker as mm
import pytest
from product import NOW, PRATIQUE

CHOSEN = ("--checks", "vulnerabilities")
"""What these tests are about: the other checks have their own."""
CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
LOW = "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"


def metadata(name: str) -> im.Entry:
    return im.file(f"usr/lib/python3/site-packages/{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")


def record(id: str, name: str, vector: str = "", fixed: str = "2.0") -> dict[str, object]:
    found = mm.flaw(id, "PyPI", name, fixed)
    if vector:
        found["severity"] = [{"type": "CVSS_V3", "score": vector}]
    if not fixed:
        found["affected"][0]["ranges"][0]["events"].pop()
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image with three flawed packages that runs as an ordinary user, and a mirror that knows of them."""
    folder = tmp_path_factory.mktemp("world")
    config = {"User": "1000"}
    layers = [im.Layer(metadata("bad"), metadata("meh"), metadata("odd"), metadata("stuck"), instruction="RUN pip install bad meh odd stuck")]
    im.make_docker_archive(folder / "app.tar", layers, config=config)
    im.make_docker_archive(folder / "clean.tar", [im.Layer(metadata("fine"), instruction="RUN pip install fine")], config=config)
    records = [
        record("CVE-2026-1", "bad", CRITICAL),
        record("CVE-2026-2", "meh", LOW),
        record("CVE-2026-3", "odd"),
        record("CVE-2026-4", "stuck", LOW, ""),
    ]
    exploited = {**mm.EXPLOITED, "cveID": "CVE-2026-3"}
    kev = json.dumps({"catalogVersion": "1", "dateReleased": f"{mm.DATE}T00:00:00Z", "count": 1, "vulnerabilities": [exploited]}).encode()
    mm.make_mirror(folder / "mirror", {("osv", "PyPI"): mm.osv(*records), ("kev", ""): kev})
    mm.make_mirror(folder / "poor", {("osv", "PyPI"): mm.osv(*records)}, quiet=False)
    return folder


def pratique(world: Path, *words: str, mirror: str = "mirror") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(PRATIQUE), *words, "--data", str(world / "data"), *(["--feeds", str(world / mirror), *CHOSEN] if words[0] == "scan" else [])],
        env={**os.environ, "SOURCE_DATE_EPOCH": NOW},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def rules(done: subprocess.CompletedProcess[str]) -> set[str]:
    return {finding["rule"] for finding in json.loads(done.stdout)["findings"]}


ALL = {"CVE-2026-1", "CVE-2026-2", "CVE-2026-3", "CVE-2026-4"}


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ((), ALL),
        (("--severity", "critical,HIGH"), {"CVE-2026-1"}),
        (("--severity", "unknown"), {"CVE-2026-3"}),
        (("--fixable",), ALL - {"CVE-2026-4"}),
        (("--exploited",), {"CVE-2026-3"}),
        (("--fixable", "--severity", "low"), {"CVE-2026-2"}),
    ],
)
def test_filters_show_what_was_asked_for(world: Path, words: tuple[str, ...], shown: set[str]) -> None:
    done = pratique(world, "scan", str(world / "app.tar"), "-f", "json", *words)
    assert done.returncode == 0
    assert rules(done) & ALL == shown


@pytest.mark.parametrize(
    ("image", "words", "code"),
    [
        ("app.tar", ("--fail-on", "critical"), 1),
        ("app.tar", ("--fail-on", "exploited"), 1),
        ("app.tar", ("--fail-on", "low", "--fixable"), 1),
        ("app.tar", ("--severity", "low", "--fail-on", "critical"), 1),
        ("clean.tar", ("--fail-on", "negligible"), 0),
        ("clean.tar", ("--fail-on", "exploited"), 0),
        ("app.tar", (), 0),
        ("nowhere.tar", (), 2),
        ("app.tar", ("--severity", "dreadful"), 2),
        ("app.tar", ("-f", "poetry"), 2),
        ("app.tar", ("-f", "cyclonedx@9"), 2),
        ("app.tar", ("--base", "./nowhere.tar"), 2),
    ],
)
def test_exit_codes(world: Path, image: str, words: tuple[str, ...], code: int) -> None:
    done = pratique(world, "scan", f"{world}/{image}", *words)
    assert done.returncode == code, done.stderr
    if code == 2:
        assert not done.stdout
        assert done.stderr.strip()


def test_what_makes_no_finding_may_be_missing_unless_it_is_asked_about(world: Path) -> None:
    assert pratique(world, "scan", str(world / "clean.tar"), mirror="poor").returncode == 0
    assert pratique(world, "scan", str(world / "clean.tar"), "--strict", mirror="poor").returncode == 3
    assert pratique(world, "scan", str(world / "clean.tar"), "--fail-on", "exploited", mirror="poor").returncode == 3
    assert pratique(world, "scan", str(world / "app.tar"), "--fail-on", "critical", mirror="poor").returncode == 1, "a denial comes before a doubt"


def test_missing_advisories_are_never_a_clean_image(world: Path, tmp_path: Path) -> None:
    mm.make_mirror(tmp_path / "empty", {})
    done = pratique(world, "scan", str(world / "clean.tar"), mirror=str(tmp_path / "empty"))
    assert done.returncode == 3
    assert "PyPI" in done.stdout


def test_unrated_findings_are_said_where_a_severity_decides(world: Path) -> None:
    assert "no known severity" in pratique(world, "scan", str(world / "app.tar"), "--fail-on", "critical", "--data", str(world / "data")).stderr
    assert "no known severity" not in pratique(world, "scan", str(world / "clean.tar"), "--fail-on", "critical").stderr


def test_several_files_in_one_run_and_nothing_on_the_terminal(world: Path, tmp_path: Path) -> None:
    done = pratique(world, "scan", str(world / "app.tar"), "-o", f"sarif={tmp_path / 'a.sarif'}", "-o", f"cyclonedx@1.6={tmp_path / 'a.json'}")
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((tmp_path / "a.sarif").read_text())["version"] == "2.1.0"
    assert json.loads((tmp_path / "a.json").read_text())["specVersion"] == "1.6"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.sarif"]


def test_a_file_and_the_terminal_in_one_run(world: Path, tmp_path: Path) -> None:
    done = pratique(world, "scan", str(world / "app.tar"), "-f", "table", "-o", f"json={tmp_path / 'a.json'}")
    assert "CVE-2026-1" in done.stdout
    assert json.loads((tmp_path / "a.json").read_text())["findings"]


def test_a_file_in_a_folder_that_is_not_there_is_an_error_and_leaves_nothing(world: Path, tmp_path: Path) -> None:
    done = pratique(world, "scan", str(world / "app.tar"), "-o", str(tmp_path / "no" / "a.json"))
    assert done.returncode == 2
    assert "no" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_bill_of_materials_judges_nothing(world: Path) -> None:
    done = pratique(world, "sbom", str(world / "app.tar"))
    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert {component["name"] for component in document["components"]} >= {"bad", "meh", "odd", "stuck"}
    assert "vulnerabilities" not in document


def test_a_reader_that_leaves_early_is_no_error(world: Path) -> None:
    command = f"{PRATIQUE} sbom {world / 'app.tar'} --data {world / 'data'} | head -c 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [("--help",), ("scan", "--help"), ("sbom", "--help"), ("feeds", "--help"), ("completion", "bash"), ("--version",)])
def test_help_teaches_within_a_hundred_columns_and_imports_little(words: tuple[str, ...]) -> None:
    heavy = (
        "import sys; from pratique.cli.main import main\n"
        "try: main()\n"
        "finally: print([m for m in ('httpx2', 'msgspec', 'sqlite3', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", heavy, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    *lines, imported = done.stdout.splitlines()
    assert lines
    assert words[0] == "completion" or max(map(len, lines)) <= 100
    assert words != ("--help",) or imported == "[]"


def test_the_python_face_gives_the_same_report(world: Path) -> None:
    image, feeds, data = (str(world / name) for name in ("app.tar", "mirror", "data"))
    code = f"import pratique; print(*(f.rule for f in pratique.scan({image!r}, feeds={feeds!r}, data={data!r}).findings))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env={**os.environ, "SOURCE_DATE_EPOCH": NOW}, check=True
    )
    assert set(done.stdout.split()) >= ALL
