"""What analysers and other tools find becomes findings of the right file, layer and instruction, each flaw once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from image_maker import Layer, file, make_docker_archive, whiteout
from product import command, environment

CODE = 'import os\nfrom flask import request\ndef f():\n    os.system("a" + request.args["b"])\n'
STATUS = "Package: tool\nStatus: install ok installed\nVersion: 1\nArchitecture: all\nMaintainer: me\n\n"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_docker_archive(
        tmp_path_factory.mktemp("image") / "app.tar",
        [
            Layer(
                file("etc/os-release", 'ID=debian\nVERSION_ID="12"\n'),
                file("var/lib/dpkg/status", STATUS),
                file("var/lib/dpkg/info/tool.list", "/opt/tool/run.py\n"),
                file("opt/tool/run.py", CODE),
                instruction="ADD rootfs.tar / # buildkit",
            ),
            Layer(file("srv/shop/old.py", CODE), file("srv/shop/site-packages/dep.py", CODE), instruction="COPY old /srv # buildkit"),
            Layer(file("srv/shop/main.py", CODE), whiteout("srv/shop/old.py"), instruction="COPY . /srv/shop # buildkit"),
        ],
    )
    return made.path


def scan(image: Path, data: Path, *words: str | Path) -> tuple[int, dict]:  # type: ignore[type-arg]
    ran = subprocess.run(
        command("scan", image, "--offline", "-f", "json", *words, data=data),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.returncode, json.loads(ran.stdout) if ran.stdout else {"error": ran.stderr}


def code(report: dict) -> list[tuple[str, str, int, int]]:  # type: ignore[type-arg]
    return [(f["rule"], f["path"], f["line"], f["origin"]["layer"]) for f in report["findings"] if f["kind"] == "code"]


def fake(folder: Path, output: str) -> Path:
    path = folder / "fake"
    path.write_text(f"#!{sys.executable} -S\nimport os, sys, json, time\n{output}\n")
    path.chmod(0o755)
    return path


BANDIT = """
found = [n for n in os.listdir('.')]
print(json.dumps({'errors': [], 'results': [dict(filename='./' + n, test_id=t, issue_text='said', issue_severity='HIGH', issue_confidence='HIGH',
    line_number=l, issue_cwe={'id': c}) for n in found for t, l, c in (('B605', 4, 78), ('B404', 1, 78), ('B999', 2, 1))]}))
sys.exit(1)
"""


def test_own_code_is_found_and_what_is_not_is_set_aside_with_its_reason(image: Path, tmp_path: Path) -> None:
    _, report = scan(image, tmp_path)
    assert code(report) == [("command-injection", "srv/shop/main.py", 4, 2)]
    reasons = {s["finding"]["path"]: s["reason"] for s in report["suppressed"] if s["finding"]["kind"] == "code"}
    assert set(reasons) == {"opt/tool/run.py", "srv/shop/old.py"}
    assert "pkg:deb" in reasons["opt/tool/run.py"]
    assert "later layer" in reasons["srv/shop/old.py"]


def test_what_an_analyser_says_has_file_layer_and_instruction_and_is_said_once(image: Path, tmp_path: Path) -> None:
    _, report = scan(image, tmp_path, "--analyser", f"bandit={fake(tmp_path, BANDIT)}")
    assert sorted(code(report)) == [
        ("bandit:B404", "opt/tool/run.py", 1, 0),
        ("bandit:B404", "srv/shop/main.py", 1, 2),
        ("bandit:B605", "opt/tool/run.py", 4, 0),
        ("bandit:B999", "opt/tool/run.py", 2, 0),
        ("bandit:B999", "srv/shop/main.py", 2, 2),
        ("command-injection", "srv/shop/main.py", 4, 2),
    ]
    ours = next(f for f in report["findings"] if f["rule"] == "command-injection")
    assert "bandit:B605" in ours["aliases"]
    theirs = next(f for f in report["findings"] if f["rule"] == "bandit:B999" and f["path"] == "srv/shop/main.py")
    assert theirs["origin"]["instruction"] == "COPY . /srv/shop"


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("sys.exit(3)", "ended with code 3"),
        ("os.kill(os.getpid(), 11)", "ended by signal 11"),
        ("print('not json')", "said nothing that can be read"),
        ("print('{\"results\": 1}')", "said nothing that can be read"),
        ("while True: sys.stdout.write('x' * 65536)", "wrote more than"),
        ("print('[' * 100000)", "said nothing that can be read"),
    ],
)
def test_an_analyser_that_fails_is_said_and_nothing_is_clean(image: Path, tmp_path: Path, output: str, said: str) -> None:
    status, report = scan(image, tmp_path, "--analyser", f"bandit={fake(tmp_path, output)}")
    assert status == 3
    (gap,) = [gap for gap in report["gaps"] if gap["id"] == "analyser-failed"]
    assert said in gap["message"]
    assert gap["blind"]
    assert ("command-injection", "srv/shop/main.py", 4, 2) in code(report)


def test_sarif_of_elsewhere_is_mapped_to_the_file_of_the_image(image: Path, tmp_path: Path) -> None:
    def result(uri: str, line: int = 2) -> dict[str, object]:
        place = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
        return {"ruleId": "r", "message": {"text": "said"}, "locations": [{"physicalLocation": place}]}

    results = [result("main.py"), result("/build/shop/main.py", 3), result("shop/old.py"), result("Dockerfile"), result("site-packages/dep.py")]
    log = tmp_path / "a.sarif"
    log.write_text(json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Tool"}}, "results": results}]}))
    _, report = scan(image, tmp_path, "--sarif", log)
    found = {(f["path"], f["line"]): f["origin"]["layer"] for f in report["findings"] if f["rule"] == "tool:r"}
    assert found == {("srv/shop/main.py", 2): 2, ("srv/shop/main.py", 3): 2, ("shop/old.py", 2): None, ("Dockerfile", 2): None}
    set_aside = [s["finding"]["path"] for s in report["suppressed"] if s["finding"]["rule"] == "tool:r"]
    assert set_aside == ["srv/shop/site-packages/dep.py"]


def test_sonarqube_and_snyk_files_are_joined(image: Path, tmp_path: Path) -> None:
    sonar, snyk = tmp_path / "sonar.json", tmp_path / "snyk.json"
    sonar.write_text(json.dumps({"issues": [{"component": "p:main.py", "rule": "python:S1", "type": "VULNERABILITY", "line": 1, "message": "m"}]}))
    snyk.write_text(json.dumps({"vulnerabilities": [{"id": "S-1", "title": "t", "severity": "low", "packageName": "x", "version": "1"}]}))
    _, report = scan(image, tmp_path, "--sonarqube", sonar, "--snyk", snyk)
    assert ("sonarqube:python:S1", "srv/shop/main.py", 1, 2) in code(report)
    assert ("snyk:S-1", None, None, None) in code(report)


@pytest.mark.parametrize(
    "words",
    [("--sarif", "none.sarif"), ("--sarif", "{broken}"), ("--analyser", "nothing"), ("--analyser", "semgrep={fake}"), ("--analyser", "bandit=/none")],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(image: Path, tmp_path: Path, words: tuple[str, str]) -> None:
    broken = tmp_path / "broken.sarif"
    broken.write_text("{")
    status, report = scan(image, tmp_path, *(word.format(broken=broken, fake=fake(tmp_path, "pass")) for word in words))
    assert status == 2
    assert report["error"].strip()


def test_a_folder_is_analysed_as_an_image_is(tmp_path: Path) -> None:
    folder = tmp_path / "src"
    folder.joinpath("pkg").mkdir(parents=True)
    folder.joinpath("pkg", "main.py").write_text(CODE)
    folder.joinpath("pkg", "out.py").symlink_to("/etc/passwd")
    _, report = scan(Path(f"dir:{folder}"), tmp_path, "--analyser", f"bandit={fake(tmp_path, BANDIT)}")
    assert {path for _, path, _, _ in code(report)} == {"pkg/main.py"}


RULES = """
rules:
  - {id: shell, languages: [python], severity: ERROR, message: A shell, metadata: {cwe: "CWE-78: shell"}, pattern: os.system(...)}
  - {id: named, languages: [python], severity: INFO, message: A function, pattern: "def f(): ..."}
"""


def real(name: str, variable: str) -> str:
    """Return the real program, or skip: they are large, and no dependency of the tests. Where one is named, it must be there."""
    program = shutil.which(os.environ.get(variable) or name)
    if program is None:
        assert variable not in os.environ
        pytest.skip(f"{name} is not on PATH and ${variable} names none")
    return program


def test_the_real_bandit_is_read(image: Path, tmp_path: Path) -> None:
    _, report = scan(image, tmp_path, "--analyser", f"bandit={real('bandit', 'PRATIQUE_TEST_BANDIT')}")
    assert [gap for gap in report["gaps"] if gap["id"].startswith("analyser")] == []
    ours = next(f for f in report["findings"] if f["rule"] == "command-injection")
    assert "bandit:B605" in ours["aliases"]


def test_the_real_semgrep_is_read(image: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    program = real("semgrep", "PRATIQUE_TEST_SEMGREP")
    _, report = scan(image, tmp_path, "--analyser", f"semgrep={program}", "--semgrep-rules", rules)
    assert [gap for gap in report["gaps"] if gap["id"].startswith("analyser")] == []
    ours = next(f for f in report["findings"] if f["rule"] == "command-injection")
    assert "semgrep:shell" in ours["aliases"]
    assert ("semgrep:named", "srv/shop/main.py", 3, 2) in code(report)


def test_rules_of_semgrep_that_are_none_are_said(image: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: [{id: x}]\n")
    status, report = scan(image, tmp_path, "--analyser", f"semgrep={real('semgrep', 'PRATIQUE_TEST_SEMGREP')}", "--semgrep-rules", rules)
    assert status == 3
    assert any(gap["id"] == "analyser-failed" for gap in report["gaps"])
