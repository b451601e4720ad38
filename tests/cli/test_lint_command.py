"""`pratique lint`: what it finds, what excuses it, what it exits with, and that no file makes it hang or fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

PRATIQUE = Path(sys.executable).with_name("pratique")
PINNED = f"FROM debian:12@sha256:{'a' * 64}\n"
PIPE = "RUN curl https://x.example/i | sh\n"
GOOD = f"{PINNED}USER 65532\n"


def lint(*words: str | Path, stdin: bytes = b"", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([PRATIQUE, "lint", *words], input=stdin, capture_output=True, check=False, cwd=cwd, timeout=120)
    result = subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in result.stderr
    assert "internal error" not in result.stderr
    return result


def found(*words: str | Path, cwd: Path | None = None, stdin: bytes = b"") -> list[tuple[str, str, int]]:
    report = json.loads(lint(*words, "-f", "json", cwd=cwd, stdin=stdin).stdout)
    return [(finding["rule"], finding["path"], finding["line"]) for finding in report["findings"]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text(PINNED + PIPE + "USER 65532\n")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "Dockerfile.test").write_text(GOOD)
    (tmp_path / "a" / "web.Dockerfile").write_text(GOOD + "\n" + PIPE)
    (tmp_path / "a" / "Containerfile").write_text(GOOD)
    (tmp_path / "a" / "Dockerfile.dockerignore").write_text("x\n")
    (tmp_path / "a" / "Dockerfiles.txt").write_text(PIPE)
    return tmp_path


def test_every_dockerfile_beneath_a_folder_is_found(folder: Path) -> None:
    assert [hit for hit in found(folder) if hit[0] == "pipe-to-shell"] == [
        ("pipe-to-shell", "Dockerfile", 2),
        ("pipe-to-shell", "a/web.Dockerfile", 4),
    ]


def test_the_folder_one_stands_in_is_the_default(folder: Path) -> None:
    assert ("pipe-to-shell", "Dockerfile", 2) in found(cwd=folder)


def test_a_file_and_standard_input_are_read(folder: Path) -> None:
    path = folder / "Dockerfile"
    assert ("pipe-to-shell", str(path), 2) in found(path)
    assert ("pipe-to-shell", "-", 2) in found("-", stdin=path.read_bytes())


def test_sarif_says_file_line_kind_and_aliases(folder: Path) -> None:
    (folder / "Dockerfile").write_text("FROM debian:latest\nUSER 1\n")
    run = json.loads(lint(folder, "-f", "sarif").stdout)["runs"][0]
    result = next(one for one in run["results"] if one["ruleId"] == "base-unpinned")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "Dockerfile"}
    assert place["region"]["startLine"] == 1
    rule = next(one for one in run["tool"]["driver"]["rules"] if one["id"] == "base-unpinned")
    assert "DL3007" in rule["properties"]["aliases"]
    assert rule["properties"]["kind"] == "dockerfile"


@pytest.mark.parametrize("form", ["table", "json", "sarif", "markdown", "junit"])
def test_every_format_names_the_place(folder: Path, form: str) -> None:
    assert "a/web.Dockerfile" in lint(folder, "-f", form).stdout


def test_a_bill_of_materials_is_refused(folder: Path) -> None:
    assert lint(folder, "-f", "cyclonedx").returncode == 2


def test_a_finding_alone_does_not_deny(folder: Path) -> None:
    assert lint(folder).returncode == 0
    assert lint(folder, "--fail-on", "high").returncode == 1
    assert lint(folder, "--fail-on", "critical").returncode == 0


@pytest.mark.parametrize(
    "excuse",
    [
        "# pratique ignore=pipe-to-shell the vendor's own\n",
        "# hadolint ignore=DL9999,pipe-to-shell\n",
        "# pratique global ignore=Pipe-To-Shell\n\nENV A=1\n",
        "# hadolint global ignore=pipe-to-shell\n\nENV A=1\n",
    ],
)
def test_a_comment_excuses_and_is_shown(tmp_path: Path, excuse: str) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(PINNED + excuse + PIPE + "USER 1\n")
    report = json.loads(lint(path, "-f", "json", "--fail-on", "high").stdout)
    assert "pipe-to-shell" not in {finding["rule"] for finding in report["findings"]}
    assert "comment on line 2" in next(one["reason"] for one in report["suppressed"] if one["finding"]["rule"] == "pipe-to-shell")


def test_a_comment_excuses_its_instruction_alone(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(f"{PINNED}# pratique ignore=pipe-to-shell\n{PIPE}{PIPE}# pratique ignore=pipe-to-shell\n\n{PIPE}USER 1\n")
    assert [line for rule, _, line in found(path) if rule == "pipe-to-shell"] == [4, 7]


def test_buildkits_directive_is_honoured(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(f"# check=skip=SecretsUsedInArgOrEnv;error=true\n{PINNED}ARG NPM_TOKEN\nUSER 1\n")
    assert "secret-in-arg-or-env" not in {rule for rule, _, _ in found(path)}
    path.write_text(f"# check=skip=all\n{PINNED}ARG NPM_TOKEN\n{PIPE}USER 1\n")
    rules = {rule for rule, _, _ in found(path)}
    assert "secret-in-arg-or-env" not in rules
    assert "pipe-to-shell" in rules


def test_names_of_other_tools_are_ignored_too(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM debian\nUSER 1\n")
    for name in ("base-unpinned", "DL3006", "dl3006", "DS-0001,AVD-DS-0001"):
        assert "base-unpinned" not in {rule for rule, _, _ in found(path, "--ignore", name)}


def test_a_hadolint_configuration_is_honoured(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM debian\nUSER root\nARG NPM_TOKEN\n")
    (tmp_path / ".hadolint.yaml").write_text("ignored: [DL3006]\noverride:\n  style:\n    - DL3002\nfailure-threshold: error\n")
    result = lint(path, "-f", "json")
    report = json.loads(result.stdout)
    severities = {finding["rule"]: finding["severity"] for finding in report["findings"]}
    assert "base-unpinned" not in severities
    assert severities["user-root-at-end"] == "negligible"
    assert result.returncode == 1  # the secret is high: as bad as the threshold
    assert lint(path, "--fail-on", "critical").returncode == 0
    (tmp_path / ".hadolint.yaml").write_text("ignored: &x [DL3006]\n")
    report = json.loads(lint(path, "-f", "json").stdout)
    assert "line 1" in report["gaps"][0]["message"]
    assert "base-unpinned" in {finding["rule"] for finding in report["findings"]}


def test_checks_can_be_chosen(folder: Path) -> None:
    assert {rule for rule, _, _ in found(folder, "--checks", "pipe-to-shell")} == {"pipe-to-shell"}
    assert lint(folder, "--checks", "no-such-check").returncode == 2


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"{PINNED}ENV DB_PASSWORD=correct-horse-battery\nARG TOKEN=tr0ub4dor-and-3\nENV API_KEY battery-staple\n")
    for form in ("table", "json", "sarif", "markdown", "junit"):
        output = lint(tmp_path, "-f", form).stdout
        assert "PASSWORD" in output
        assert not any(word in output for word in ("correct-horse", "tr0ub4dor", "battery-staple")), form


def test_findings_keep_their_fingerprint_when_lines_move(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    prints = []
    for before in ("", "# a comment\n\nENV A=1\n"):
        path.write_text(f"{PINNED}{before}{PIPE}USER 1\n")
        report = json.loads(lint(path, "--checks", "pipe-to-shell", "-f", "json").stdout)
        prints.append([finding["fingerprint"] for finding in report["findings"]])
    assert prints[0] == prints[1] != []


# ---------------------------------------------------------------------------------------------------------------- bad input


def test_nothing_to_lint_is_an_error(tmp_path: Path) -> None:
    for words in ((tmp_path,), (tmp_path / "none",), ("-",)):
        result = lint(*words)
        assert result.returncode == 2, result
        assert result.stderr.startswith("error:")
    (tmp_path / "Dockerfile").write_bytes(os.urandom(4096))
    assert lint(tmp_path).returncode == 2
    (tmp_path / "Dockerfile").write_bytes("FROM debian\n".encode("utf-16"))
    assert lint(tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        (GOOD + "RUN " + "x" * 10_000_000 + "\n", "line-too-long"),
        (GOOD + "RUN a\0b\n", "nul-byte"),
        (GOOD + "RUN cat <<EOF\n" + "x\n" * 100_000, "heredoc-without-end"),
        (GOOD + "RUN cat" + "".join(f" <<A{n}" for n in range(1_000)) + "\n", "too-many-heredocs"),
        (GOOD + "RUN " + f"{'x' * 1_000} \\\n" * 1_200, "instruction-too-long"),
        (GOOD + "ENV A=1\n" * 100_050, "too-many-instructions"),
        (f"{GOOD}ARG A={'x' * 60_000}\n" + "ENV B=$A\n" * 1_000, "too-much-substitution"),
        (GOOD + "RUN " + "$(" * 200 + "\n", "script-cut"),
        (GOOD + "RUN <<EOF\n" + "a;" * 20_000 + "\nEOF\n", "script-cut"),
        ("# syntax=evil.example/front:1\n" + GOOD, "foreign-syntax"),
        (GOOD + "#" + "x" * (17 << 20) + "\n", "file-too-long"),
    ],
    ids=lambda value: value if len(value) < 40 else "",
)
def test_what_is_too_much_is_bounded_and_said(tmp_path: Path, text: str, gap: str) -> None:
    (tmp_path / "Dockerfile").write_text(text)
    began = time.monotonic()
    result = lint(tmp_path, "-f", "json")
    assert time.monotonic() - began < 60
    assert result.returncode == 3
    assert gap in {one["id"] for one in json.loads(result.stdout)["gaps"]}


def test_links_are_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text(PIPE)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "Dockerfile").write_text(GOOD)
    (inside / "x.Dockerfile").symlink_to(outside / "secret")
    (inside / "folder").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    (inside / "y.Dockerfile").symlink_to("y.Dockerfile")
    os.mkfifo(inside / "z.Dockerfile")
    result = lint(inside, "-f", "json")
    report = json.loads(result.stdout)
    assert result.returncode == 3
    assert {gap["path"] for gap in report["gaps"]} == {"x.Dockerfile", "y.Dockerfile", "z.Dockerfile"}
    assert "pipe-to-shell" not in {finding["rule"] for finding in report["findings"]}


def test_a_hundred_thousand_instructions_take_seconds(tmp_path: Path) -> None:
    lines = (f"RUN apt-get update && \\\n  apt-get install -y p{n}\nCOPY a{n} /b\nENV A{n}=1 B='x y'\nLABEL a b c\n" for n in range(24_990))
    (tmp_path / "Dockerfile").write_text(PINNED + "".join(lines) + "USER 1\n")
    began = time.monotonic()
    assert lint(tmp_path, "--checks", "pipe-to-shell,base-unpinned", "-q").returncode == 0
    assert time.monotonic() - began < 60


# --------------------------------------------------------------------------------------------------------------------- fixes

CROOKED = b"from debian:12.1 AS build\r\nENV A 1\r\nUSER 1\r\n"
STRAIGHT = b"FROM debian:12.1 AS build\r\nENV A=1\r\nUSER 1\r\n"


def test_safe_fixes_are_shown_and_written_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(CROOKED)
    path.chmod(0o640)
    shown = lint(path, "--persona", "pedantic")
    assert "-ENV A 1" in shown.stdout
    assert "+ENV A=1" in shown.stdout
    assert path.read_bytes() == CROOKED
    fixed = lint(path, "--persona", "pedantic", "--fix", "-f", "json")
    assert path.read_bytes() == STRAIGHT
    assert path.stat().st_mode & 0o777 == 0o640
    assert "+ENV A=1" in fixed.stderr
    assert "env-without-equals-sign" not in {finding["rule"] for finding in json.loads(fixed.stdout)["findings"]}
    assert sorted(tmp_path.iterdir()) == [path]


def test_what_is_excused_is_not_fixed(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM debian:12.1\n# hadolint ignore=env-without-equals-sign\nENV A 1\nENV B 2\nUSER 1\n")
    lint(path, "--persona", "pedantic", "--fix")
    assert path.read_text() == "FROM debian:12.1\n# hadolint ignore=env-without-equals-sign\nENV A 1\nENV B=2\nUSER 1\n"


def test_a_link_that_is_fixed_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(CROOKED)
    (tmp_path / "Dockerfile").symlink_to("real")
    lint(tmp_path / "Dockerfile", "--persona", "pedantic", "--fix")
    assert (tmp_path / "Dockerfile").is_symlink()
    assert (tmp_path / "real").read_bytes() == STRAIGHT


def test_standard_input_is_not_fixed() -> None:
    assert lint("-", "--fix", stdin=CROOKED).returncode == 2
