"""Fixtures and helpers that every test may use."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
CI = os.environ.get("CI") == "true"


def need(tool: str, package: str = "") -> str:
    """Return the path of a program, or skip; in CI, where everything was installed, fail."""
    path = shutil.which(tool) or shutil.which(tool, path=f"{Path(sys.executable).parent}:/usr/sbin:/sbin:/usr/local/sbin")
    if path is None:
        reason = f"{tool} is not on this machine (Debian package: {package or tool})"
        if CI:
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def shared(*parts: str) -> Path:
    """Return a path of the shared test data, or skip where a stranger has none; in CI, fail."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        reason = f"the shared test data is not here: ../shared/{'/'.join(parts)}"
        if CI:
            pytest.fail(reason)
        pytest.skip(reason)
    return path
