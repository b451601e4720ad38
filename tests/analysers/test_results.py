"""What other tools found is read whole, or refused with a clear error."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.analysers import bandit, sarif, semgrep, shellcheck, snyk, sonarqube
from pratique.analysers.result import MAX_SIZE, path
from pratique.errors import InvalidInput
from pratique.model import Confidence, Severity

PARSERS = (sarif.parse, sonarqube.parse, snyk.parse, bandit.parse, semgrep.parse, shellcheck.parse)


def log(*results: dict[str, object], **run: object) -> bytes:
    rules = [
        {
            "id": "py/sqli",
            "help": {"text": "Use parameters."},
            "messageStrings": {"default": {"text": "from {0}"}},
            "properties": {"tags": ["external/cwe/cwe-089"], "security-severity": "8.8", "precision": "high"},
        }
    ]
    body = {"tool": {"driver": {"name": "CodeQL", "rules": rules}}, "results": list(results), **run}
    return json.dumps({"version": "2.1.0", "$schema": "x", "runs": [body]}).encode()


def at(uri: str, line: int = 3, **artifact: object) -> list[object]:
    return [{"physicalLocation": {"artifactLocation": {"uri": uri, **artifact}, "region": {"startLine": line}}}]


def test_sarif_gives_rule_place_severity_and_weakness() -> None:
    (result,) = sarif.parse(log({"ruleId": "py/sqli", "message": {"text": "a\nb"}, "locations": at("src/a%20b.py")}))
    assert result.rule == "codeql:py/sqli"
    assert (result.path, result.line, result.message) == ("src/a b.py", 3, "a b")
    assert (result.severity, result.confidence, result.weaknesses) == (Severity.HIGH, Confidence.HIGH, ("CWE-89",))
    assert result.remedy == "Use parameters."


def test_sarif_finds_its_rule_by_index_and_by_the_beginning_of_its_id() -> None:
    by_index, by_beginning = sarif.parse(
        log({"ruleIndex": 0, "message": {"id": "default", "arguments": ["x"]}}, {"ruleId": "py/sqli/1", "message": {"text": "t"}})
    )
    assert (by_index.rule, by_index.message, by_index.weaknesses) == ("codeql:py/sqli", "from x", ("CWE-89",))
    assert by_beginning.severity is Severity.HIGH


def test_sarif_passes_are_no_results_and_suppressions_have_reasons() -> None:
    passed = {"ruleId": "x", "kind": "pass", "message": {"text": "t"}}
    waived = {"ruleId": "x", "message": {"text": "t"}, "suppressions": [{"kind": "external", "justification": "not reached"}]}
    rejected = {"ruleId": "x", "message": {"text": "t"}, "suppressions": [{"kind": "external", "status": "rejected"}]}
    assert [result.suppressed for result in sarif.parse(log(passed, waived, rejected))] == ["not reached", ""]


def test_sarif_levels_are_severities() -> None:
    levels = [{"ruleId": "y", "level": level, "message": {"text": "t"}} for level in ("error", "warning", "note", "none")]
    assert [result.severity for result in sarif.parse(log(*levels))] == [Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.NEGLIGIBLE]


@pytest.mark.parametrize(
    ("uri", "cleaned"),
    [
        ("file:///srv/app/a.py", "srv/app/a.py"),
        ("../../etc/passwd", "etc/passwd"),
        ("./a//b.py", "a/b.py"),
        ("a\\b.py", "a/b.py"),
        ("a%0ab.py", "a�b.py"),
        ("/x/../y", "y"),
    ],
)
def test_a_path_stays_within(uri: str, cleaned: str) -> None:
    assert path(uri) == cleaned


def test_sonarqube_issues_of_security_are_read_and_closed_ones_have_reasons() -> None:
    issues = [
        {
            "component": "shop:src/a.py",
            "rule": "python:S2077",
            "type": "VULNERABILITY",
            "severity": "CRITICAL",
            "line": 4,
            "message": "m",
            "tags": ["cwe-89"],
        },
        {"component": "shop:src/b.py", "rule": "python:S1", "type": "CODE_SMELL", "severity": "MAJOR", "message": "m"},
        {"component": "k", "rule": "r", "type": "VULNERABILITY", "severity": "MINOR", "status": "RESOLVED", "resolution": "WONTFIX", "message": "m"},
        {"component": "shop:c.js", "rule": "r", "impacts": [{"softwareQuality": "SECURITY", "severity": "HIGH"}], "textRange": {"startLine": 2}},
    ]
    found = sonarqube.parse(json.dumps({"issues": issues, "components": [{"key": "k", "path": "src/k.py"}]}).encode())
    assert [(r.rule, r.path, r.line, r.severity) for r in found] == [
        ("sonarqube:python:S2077", "src/a.py", 4, Severity.HIGH),
        ("sonarqube:r", "src/k.py", None, Severity.LOW),
        ("sonarqube:r", "c.js", 2, Severity.HIGH),
    ]
    assert found[0].weaknesses == ("CWE-89",)
    assert found[1].suppressed == "SonarQube: won't fix"


def test_sonarqube_hotspots_are_unsure() -> None:
    spot = {
        "component": "shop:a.py",
        "securityCategory": "sql-injection",
        "vulnerabilityProbability": "HIGH",
        "line": 1,
        "message": "m",
        "ruleKey": "py:S1",
    }
    (result,) = sonarqube.parse(json.dumps([{"hotspots": [spot]}]).encode())
    assert (result.rule, result.severity, result.confidence) == ("sonarqube:py:S1", Severity.HIGH, Confidence.LOW)


def test_snyk_open_source_is_read_once_a_flaw() -> None:
    flaw = {
        "id": "SNYK-JS-X-1",
        "title": "Bad",
        "severity": "high",
        "packageName": "x",
        "version": "1.0.0",
        "fixedIn": ["1.0.1"],
        "identifiers": {"CVE": ["CVE-2020-1"], "CWE": ["CWE-79"]},
    }
    (result,) = snyk.parse(json.dumps({"vulnerabilities": [flaw, flaw], "displayTargetFile": "package-lock.json"}).encode())
    assert (result.rule, result.path, result.severity) == ("snyk:SNYK-JS-X-1", "package-lock.json", Severity.HIGH)
    assert result.message == "Bad in x 1.0.0 (CVE-2020-1)"
    assert result.weaknesses == ("CWE-79", "CVE-2020-1")
    assert "1.0.1" in result.remedy


def test_snyk_code_is_sarif_and_a_failure_is_no_clean_answer() -> None:
    assert snyk.parse(log({"ruleId": "x", "message": {"text": "t"}}))[0].rule == "codeql:x"
    for broken in (b'{"ok": false, "error": "Authentication failed"}', b'{"ok": true}'):
        with pytest.raises(InvalidInput):
            snyk.parse(broken)


HOSTILE = (
    b"",
    b"{",
    b"[]x",
    b"\xff\xfe",
    b"null",
    b"[" * 100_000,
    b'{"runs":' * 50_000,
    b'{"version":"1.0.0","runs":[]}',
    b'{"version":"2.1.0","runs":[{"tool":{"driver":{"name":1}}}]}',
    b'{"results":[{"filename":1}]}',
    b"[1]",
)


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__module__.rpartition(".")[2])
@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_broken_is_refused(parse, data: bytes) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidInput) as fault:
        parse(data)
    assert fault.value.remedy


def test_a_file_that_is_too_large_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(InvalidInput, match="MiB"):
        sarif.parse(bytes(MAX_SIZE + 1))


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "version",
                        "runs",
                        "tool",
                        "driver",
                        "name",
                        "results",
                        "message",
                        "text",
                        "locations",
                        "issues",
                        "component",
                        "vulnerabilities",
                        "id",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:
    data = json.dumps(value).encode()
    for parse in PARSERS:
        with contextlib.suppress(InvalidInput):
            parse(data)
