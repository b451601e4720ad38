"""The demo's own advisory data: it parses as the publishers' does, and says nothing of anything but the demo's packages."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from pratique.advisories.feed import Feed
from pratique.leaves import leaves
from pratique.model import Advisory, Exploited, Gap


@pytest.fixture(scope="module")
def demo() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "examples" / "demo.py"))


@pytest.fixture
def mirror(demo: dict[str, Any], tmp_path: Path) -> Path:
    return demo["demo_mirror"](tmp_path)


def test_the_demo_facts_parse_and_concern_the_demo_alone(demo: dict[str, Any], mirror: Path) -> None:
    parsers = {feed.id: feed.parse for feed in leaves("pratique.advisories.feeds", Feed)}
    index = json.loads((mirror / "index.json").read_text())
    records = [
        record for entry in index["partitions"] for record in parsers[entry["feed"]](entry["partition"], (mirror / entry["path"]).read_bytes())
    ]
    assert not [record for record in records if isinstance(record, Gap)]
    advisories = [record for record in records if isinstance(record, Advisory)]
    exploited = {record.id for record in records if isinstance(record, Exploited)}
    python = {requirement.partition("==")[0].lower() for requirement in demo["INSTALLED"]}
    debian = {source.partition(" ")[0] or name for name, (_, source, _) in (demo["BASE"] | demo["ADDED"]).items()}
    assert {affected.name for advisory in advisories for affected in advisory.affected} <= python | debian
    assert exploited <= {name for advisory in advisories for name in (advisory.id, *advisory.aliases)}
    assert len(advisories) > 20


def test_the_demo_facts_are_never_called_whole(mirror: Path) -> None:
    index = json.loads((mirror / "index.json").read_text())
    assert index["partitions"]
    assert not any(entry["complete"] for entry in index["partitions"])
