"""Every format of every report is valid by the publishers' own schemas, and safe to show."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import jsonschema
import pytest
from conftest import ROOT, shared
from hypothesis import HealthCheck, given, settings
from lxml import etree
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7
from report.random_reports import reports
from report.sample import HOSTILE_REPORT, REPORTS
from rfc3986_validator import validate_rfc3986
from wcwidth import wcswidth

from pratique.errors import InvalidInput
from pratique.leaves import leaves
from pratique.model import Report
from pratique.report.format import Format, Options

FORMATS = {one.id: one for one in leaves("pratique.report", Format)}
WRITTEN = [(one.id, version) for one in FORMATS.values() for version in one.versions or ("",)]
COMMAND = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys, what turns the direction of writing, and what is no UTF-8; a line break is our own."""
COLOUR = re.compile("\x1b\\[[0-9;]*m")


def text(id_: str, report: Report, version: str = "", *, inventory: bool = False, width: int = 100, colour: bool = False) -> str:
    return "".join(FORMATS[id_].render(report, Options(width=width, colour=colour, version=version, inventory_only=inventory)))


@cache
def validator(name: str) -> Any:
    schema = json.loads(shared("schemas", name).read_text())
    kind = jsonschema.validators.validator_for(schema)
    registry: Registry[Any] = Registry()
    if name.startswith("bom-"):
        for other in ("spdx.schema.json", "jsf-0.82.schema.json", "cryptography-defs.schema.json"):
            contents = json.loads(shared("schemas", other).read_text())
            registry = registry.with_resource(f"http://cyclonedx.org/schema/{other}", Resource.from_contents(contents, default_specification=DRAFT7))
    formats = jsonschema.FormatChecker(("date-time", "uri", "uri-reference", "idn-email", "email"))
    formats.checks("iri-reference")(lambda found: validate_rfc3986(found, rule="URI_reference") is not None)  # all we write are URIs; this is fast
    return kind(schema, registry=registry, format_checker=formats)


@cache
def own_schema() -> Any:
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


@cache
def junit_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(shared("schemas", "junit.xsd")))


def validate(id_: str, version: str, written: str) -> None:
    match id_:
        case "cyclonedx":
            validator(f"bom-{version}.schema.json").validate(json.loads(written))
        case "sarif":
            validator("sarif-2.1.0.schema.json").validate(json.loads(written))
        case "spdx":
            validator("spdx-2.3.schema.json").validate(json.loads(written))
        case "json":
            own_schema().validate(json.loads(written))
        case "junit":
            junit_schema().assertValid(etree.fromstring(written.encode()))
        case "table" | "markdown":
            assert written
        case _:
            pytest.fail(f"nothing holds {id_} against its schema")


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize(("id_", "version"), WRITTEN)
@pytest.mark.parametrize("inventory", [False, True], ids=["scan", "sbom"])
def test_each_format_of_each_sample_is_valid_and_safe_to_show(id_: str, version: str, name: str, inventory: bool) -> None:
    written = text(id_, REPORTS[name], version, inventory=inventory)
    validate(id_, version, written)
    assert not COMMAND.search(written)
    written.encode()


@given(reports())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_each_format_of_any_report_is_valid_and_safe_to_show(report: Report) -> None:
    for id_, version in WRITTEN:
        written = text(id_, report, version)
        validate(id_, version, written)
        assert not COMMAND.search(written), id_
        written.encode()


@given(reports())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_line_of_the_table_is_wider_than_the_terminal(report: Report) -> None:
    for width in (20, 40, 80, 100, 160):
        for inventory in (False, True):
            for line in text("table", report, inventory=inventory, width=width).splitlines():
                assert wcswidth(line) <= width, line


@given(reports())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_colours_change_nothing_but_colour(report: Report) -> None:
    coloured = text("table", report, colour=True)
    assert COLOUR.sub("", coloured) == text("table", report)


def test_no_colour_is_written_where_none_was_asked_for() -> None:
    assert "\x1b" not in text("table", REPORTS["shop"])
    assert "\x1b[1;31m" in text("table", REPORTS["shop"], colour=True)


def test_each_format_is_found_under_the_name_of_its_file() -> None:
    assert set(FORMATS) == {"table", "json", "sarif", "cyclonedx", "spdx", "markdown", "junit"}
    for id_ in FORMATS:
        assert (ROOT / "src" / "pratique" / "report" / f"{id_}.py").is_file()


@pytest.mark.parametrize("id_", [one.id for one in FORMATS.values() if one.versions])
def test_a_version_that_is_not_written_is_the_callers_fault(id_: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        text(id_, HOSTILE_REPORT, "99.9")
    assert "Ask for" in caught.value.remedy


@pytest.mark.parametrize("id_", FORMATS)
def test_the_same_report_is_written_the_same(id_: str) -> None:
    assert text(id_, REPORTS["shop"]) == text(id_, REPORTS["shop"])
