"""Our own JSON: complete, honest, and as its documentation says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import fields, replace
from typing import Any

import pytest
from conftest import ROOT
from report.sample import CLEAN, HOSTILE, SHOP

from pratique.model import (
    Config,
    Distribution,
    Exploited,
    Finding,
    Gap,
    History,
    Image,
    Knowledge,
    Layer,
    Likelihood,
    Mark,
    Origin,
    Package,
    Platform,
    Report,
    SourcePackage,
)
from pratique.report.format import Options
from pratique.report.json import FORMAT


def document(report: Report, **options: Any) -> Any:
    return json.loads("".join(FORMAT.render(report, Options(**options))))


def first(name: str) -> dict[str, Any]:
    found = document(SHOP)
    return next(one for one in found["findings"] if one[name] is not None)


@pytest.mark.parametrize(
    ("noun", "where", "elsewhere"),
    [
        (Finding, lambda d: d["findings"][0], {"zone"}),  # in origin
        (Package, lambda d: d["packages"][0], set()),
        (SourcePackage, lambda d: d["packages"][0]["source"], set()),
        (Origin, lambda d: d["packages"][0]["origin"], set()),
        (Distribution, lambda d: d["distributions"][0], set()),
        (Mark, lambda d: d["marks"][0], set()),
        (Gap, lambda d: d["gaps"][0], set()),
        (Knowledge, lambda d: d["knowledge"][0], set()),
        (Image, lambda d: d["image"], {"gaps", "concealed"}),  # in the report's; never shown: it holds what is redacted
        (Layer, lambda d: d["image"]["layers"][0], set()),
        (Platform, lambda d: d["image"]["platform"], set()),
        (Config, lambda d: d["image"]["config"], set()),
        (History, lambda d: d["image"]["config"]["history"][0], set()),
        (Exploited, lambda d: first("exploited")["exploited"], set()),
        (Likelihood, lambda d: first("epss")["epss"], set()),
        (Report, lambda d: d | d["image"], {"inventory", "zones"}),  # its parts; in the layers
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_no_field_of_a_noun_is_left_out(noun: Any, where: Any, elsewhere: set[str]) -> None:
    assert {field.name for field in fields(noun)} - elsewhere <= where(document(SHOP)).keys()


def test_an_inventory_has_no_list_of_findings_that_could_be_read_as_none() -> None:
    written = document(SHOP, inventory_only=True)
    assert written["kind"] == "inventory"
    assert not {"findings", "suppressed", "knowledge", "summary", "checks"} & written.keys()
    assert len(written["packages"]) == len(SHOP.inventory.packages)


def test_blind_stands_before_the_findings() -> None:
    text = "".join(FORMAT.render(SHOP, Options()))
    assert 0 < text.index('"blind": true') < text.index('"findings"')
    assert document(CLEAN)["blind"] is False


def test_a_name_that_is_not_utf8_is_written_so_that_it_can_be_read() -> None:
    package = replace(SHOP.inventory.packages[0], locations=(HOSTILE,))
    written = document(replace(SHOP, inventory=replace(SHOP.inventory, packages=(package,))))
    assert written["packages"][0]["locations"] == [HOSTILE.replace("\udcff\udc80", "\\xff\\x80")]


def test_the_summary_counts_what_the_lists_hold() -> None:
    written = document(SHOP)
    summary = written["summary"]
    assert (summary["findings"], summary["suppressed"]) == (len(written["findings"]), len(written["suppressed"]))
    assert summary["distinct"] == sum(summary["severities"].values()) < summary["findings"]
    distinct = {(f["rule"], f["package"]["version"] if f["package"] else f["subject"]) for f in written["findings"] if f["exploited"]}
    assert summary["exploited"] == len(distinct)


def test_every_field_is_documented_where_its_name_does_not_say_all() -> None:
    documented = (ROOT / "docs" / "report-schema.md").read_text()
    for name in document(SHOP):
        assert re.search(rf'"{name}"', documented), name


def test_a_table_needs_no_library() -> None:
    code = "import sys, pratique.report.table; print(sorted({'msgspec', 'rich', 'cvss', 'packaging', 'xml'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
