"""What other programs read in our documents: the library of CycloneDX, the tools of SPDX, a Markdown parser, an XML parser."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from lxml import etree
from markdown_it import MarkdownIt
from report.sample import CLEAN, HOSTILE_REPORT, PACKAGES, REPORTS, SHOP

from pratique.model import Report
from pratique.report import cyclonedx, junit, markdown, sarif, spdx
from pratique.report.format import Format, Options

ATTRIBUTION = {"pratique:layer", "pratique:layer-index", "pratique:instruction", "pratique:zone", "pratique:visible"}


def text(format_: Format, report: Report, **options: Any) -> str:
    return "".join(format_.render(report, Options(**options)))


# --------------------------------------------------------------------------------------------------------------- CycloneDX


def bom(report: Report, **options: Any) -> Any:
    return json.loads(text(cyclonedx.FORMAT, report, **options))


@pytest.mark.parametrize("version", cyclonedx.VERSIONS)
@pytest.mark.parametrize("name", REPORTS)
def test_the_library_of_cyclonedx_finds_every_document_valid(name: str, version: str) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    known = SchemaVersion[f"V{version.replace('.', '_')}"]
    assert JsonStrictValidator(known).validate_str(text(cyclonedx.FORMAT, REPORTS[name], version=version)) is None


def test_the_library_of_cyclonedx_reads_the_packages_and_flaws_that_went_in() -> None:
    from cyclonedx.model.bom import Bom

    read = Bom.from_json(bom(SHOP))  # type: ignore[attr-defined]  # made by a decorator
    assert {str(component.purl) for component in read.components if component.purl} == {package.purl for package in PACKAGES}
    assert {flaw.id for flaw in read.vulnerabilities} == {finding.rule for finding in SHOP.findings if finding.rule.startswith(("CVE-", "MAL-"))}
    webp = next(flaw for flaw in read.vulnerabilities if flaw.id == "CVE-2023-4863")
    assert {reference.id for reference in webp.references} == {"GHSA-j7hp-h8jx-5ppr", "DSA-5497-2"}
    rating = next(rating for rating in webp.ratings if rating.vector == "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")  # it drops the prefix
    assert (float(rating.score), rating.method.name, rating.severity.value) == (9.8, "CVSS_V3_1", "critical")
    assert [affected.ref for affected in webp.affects] == ["pkg:deb/debian/libwebp7@1.2.4-0.2?arch=amd64&distro=debian-12"]


def test_every_component_says_which_layer_and_instruction_brought_it() -> None:
    for component in bom(SHOP)["components"]:
        properties = {one["name"]: one["value"] for one in component["properties"]}
        assert properties.keys() >= ATTRIBUTION
    components = {one["name"]: one for one in bom(SHOP)["components"]}
    curl = {one["name"]: one["value"] for one in components["curl"]["properties"]}
    assert curl["pratique:layer"] == SHOP.image.layers[3].diff_id
    assert (curl["pratique:layer-index"], curl["pratique:zone"], curl["pratique:visible"]) == ("3", "middle", "true")
    assert curl["pratique:instruction"] == "RUN /bin/sh -c apt-get update && apt-get install -y curl # buildkit"
    owned = {one["name"]: one["value"] for one in components["python-apt"]["properties"]}
    assert owned["pratique:owner"] == "pkg:deb/debian/python3-apt@2.6.0?arch=amd64&distro=debian-12"
    assert components["flask"]["scope"] == "excluded"
    assert "scope" not in components["curl"]


def test_an_sbom_says_nothing_of_flaws_and_a_clean_scan_says_there_are_none() -> None:
    assert "vulnerabilities" not in bom(SHOP, inventory_only=True)
    assert bom(CLEAN)["vulnerabilities"] == []
    assert "compositions" not in bom(CLEAN)
    assert bom(SHOP)["compositions"] == [{"aggregate": "incomplete", "assemblies": ["image"]}]


def test_every_reference_of_a_bom_names_one_component() -> None:
    for report in REPORTS.values():
        document = bom(report)
        refs = [one["bom-ref"] for one in document["components"]] + [document["metadata"]["component"]["bom-ref"]]
        assert len(refs) == len(set(refs))
        for dependency in document["dependencies"]:
            assert {dependency["ref"], *dependency.get("dependsOn", ())} <= set(refs)
        for flaw in document["vulnerabilities"]:
            assert {affected["ref"] for affected in flaw["affects"]} <= set(refs)


def test_what_a_publisher_says_of_a_fix_is_the_analysis() -> None:
    flaws = {flaw["id"]: flaw for flaw in bom(SHOP)["vulnerabilities"]}
    assert flaws["CVE-2019-9192"]["analysis"] == {"state": "exploitable", "response": ["will_not_fix"], "detail": "unimportant"}
    assert flaws["CVE-2023-31484"]["analysis"] == {"state": "exploitable", "detail": "no-dsa: Minor issue"}
    assert "analysis" not in flaws["CVE-2023-4863"]


# ------------------------------------------------------------------------------------------------------------------- SPDX


@pytest.mark.parametrize("name", REPORTS)
def test_the_tools_of_spdx_find_every_document_valid(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
        from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

        document = JsonLikeDictParser().parse(json.loads(text(spdx.FORMAT, REPORTS[name])))
        messages = [message.validation_message for message in validate_full_spdx_document(document)]
    assert messages == []


def test_the_tools_of_spdx_read_what_went_in() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser

        document = JsonLikeDictParser().parse(json.loads(text(spdx.FORMAT, SHOP)))
    purls = {ref.locator for package in document.packages for ref in package.external_references}
    assert purls == {package.purl for package in PACKAGES}
    ids = {package.spdx_id: package.name for package in document.packages}
    depends = {
        (ids[one.spdx_element_id], ids[one.related_spdx_element_id]) for one in document.relationships if one.relationship_type.name == "DEPENDS_ON"
    }
    assert ("curl", "libcurl4") in depends
    assert ("requests", "urllib3") in depends
    assert not any(name == "django" for name, _ in depends), "it needs what is not installed"
    notes = {document.packages[i].name: json.loads(note.annotation_comment) for i, note in enumerate(document.annotations)}
    assert notes["curl"]["pratique:zone"] == "middle"


def test_a_licence_that_is_no_expression_is_kept_word_for_word() -> None:
    document = json.loads(text(spdx.FORMAT, HOSTILE_REPORT))
    texts = {one["licenseId"]: one["extractedText"] for one in document["hasExtractedLicensingInfos"]}
    declared = {one["licenseDeclared"] for one in document["packages"] if one["SPDXID"].startswith("SPDXRef-Package")}
    assert declared <= texts.keys()
    assert all("evil" in one for one in texts.values())


# ------------------------------------------------------------------------------------------------------------------ SARIF


def run(report: Report) -> Any:
    return json.loads(text(sarif.FORMAT, report))["runs"][0]


def test_every_result_has_a_rule_a_fingerprint_a_place_and_its_layer() -> None:
    found = run(SHOP)
    rules = found["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert len(found["results"]) == len(SHOP.findings) + len(SHOP.suppressed)
    fingerprints = {finding.fingerprint for finding in SHOP.findings}
    for result in found["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        if "suppressions" in result:
            assert result["suppressions"][0]["justification"]
        else:
            assert result["fingerprints"]["pratique/v1"] in fingerprints
        if result["ruleId"] != "user-root":
            assert result["properties"].keys() >= ATTRIBUTION


def test_the_number_of_a_severity_lies_in_its_range() -> None:
    bounds = {"critical": (9.0, 10.0), "high": (7.0, 8.9), "medium": (4.0, 6.9), "low": (0.1, 3.9), "negligible": (0.1, 3.9)}
    worst: dict[str, str] = {}
    found = run(SHOP)
    for result in found["results"]:
        worst.setdefault(result["ruleId"], result["properties"]["severity"])
    for rule in found["tool"]["driver"]["rules"]:
        low, high = bounds[worst[rule["id"]]]
        assert low <= float(rule["properties"]["security-severity"]) <= high, rule["id"]


def test_what_could_not_be_told_is_a_notification_and_no_success() -> None:
    (invocation,) = run(SHOP)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [(one["level"], one["descriptor"]["id"]) for one in invocation["toolExecutionNotifications"]] == [
        ("note", "file-list-missing"),
        ("error", "feed-missing"),
    ]
    assert run(CLEAN)["invocations"][0]["executionSuccessful"] is True
    assert run(CLEAN)["results"] == []


def test_a_path_that_is_not_utf8_keeps_its_bytes_in_the_uri() -> None:
    uris = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run(HOSTILE_REPORT)["results"]]
    assert uris
    assert all("%1B%5B31m" in uri and "%FF%80" in uri and "%0A" in uri for uri in uris)


def test_a_message_has_no_links_and_no_placeholders_of_strangers() -> None:
    for result in run(HOSTILE_REPORT)["results"]:
        assert "](" not in result["message"]["text"].replace("\\](", "")
        assert "{0}" not in result["message"]["text"].replace("{{0}", "")


# --------------------------------------------------------------------------------------------------------- JUnit and Markdown


def test_a_failure_for_each_finding_a_skip_for_each_that_is_not_counted_an_error_for_what_was_not_seen() -> None:
    tree = etree.fromstring(text(junit.FORMAT, SHOP).encode())
    assert len(tree.findall(".//failure")) == len(SHOP.findings)
    assert len(tree.findall(".//skipped")) == len(SHOP.suppressed)
    assert [one.get("type") for one in tree.findall(".//error")] == ["feed-missing"]
    for suite in tree.findall("testsuite"):
        for word, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(word)) == len(suite.findall(f".//{tag}"))


def test_a_clean_image_has_tests_that_passed() -> None:
    tree = etree.fromstring(text(junit.FORMAT, CLEAN).encode())
    assert [one.get("name") for one in tree.findall(".//testcase")] == ["everything was seen", "no flaw is known in 3 packages"]
    assert not tree.findall(".//failure") + tree.findall(".//error")


def test_markdown_holds_no_link_picture_or_html_of_strangers() -> None:
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(text(markdown.FORMAT, HOSTILE_REPORT))
    inline = [child for token in tokens for child in token.children or ()]
    assert inline
    assert not [child for child in inline if child.type in {"image", "link_open", "s_open", "em_open"}]
    assert {child.content for child in inline if child.type == "html_inline"} <= {"<!-- -->"}
    assert {token.content.split(">")[0] for token in tokens if token.type == "html_block"} <= {"<details", "</details"}
    assert not [child for child in inline if child.type == "text" and "@all" in child.content], "a mention"


def test_each_row_of_a_markdown_table_has_the_cells_of_its_head() -> None:
    for report in REPORTS.values():
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text(markdown.FORMAT, report))
        open_ = [i for i, token in enumerate(tokens) if token.type == "tr_open"]
        for start in open_:
            end = next(i for i in range(start, len(tokens)) if tokens[i].type == "tr_close")
            row = [token for token in tokens[start:end] if token.type == "inline"]
            assert len(row) == 5
            assert all(token.content for token in row[:3])


def test_a_comment_is_never_longer_than_a_forge_takes() -> None:
    from report.sample import large

    for inventory_only in (False, True):
        written = text(markdown.FORMAT, large(3000, 6000), inventory_only=inventory_only)
        assert len(written) < 65_536
    assert "`-f json` shows all" in written
