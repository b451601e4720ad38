"""Leaves are found without a list: ours by their module, a third party's by an entry point."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from conftest import ROOT


def test_a_third_party_adds_a_format_by_an_entry_point(tmp_path: Path) -> None:
    (tmp_path / "shouting.py").write_text(
        "from pratique.report.format import Format\n"
        "FORMAT = Format('shout', 'text/plain', lambda report, options: iter(['LOUD ', report.image.reference]))\n"
    )
    info = tmp_path / "shouting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pratique.report]\nshout = shouting:FORMAT\n")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "motd").write_text("hello")
    done = subprocess.run(
        [sys.executable, "-m", "pratique.cli.main", "sbom", f"dir:{tmp_path / 'etc'}", "-f", "shout", "--data", str(tmp_path / "data")],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT / 'src'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("LOUD dir:"), done.stderr
