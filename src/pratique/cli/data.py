"""Where data lives, and the options that every verb about advisories shares."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

F = TypeVar("F", bound=Callable[..., object])


def default_data() -> Path:
    """Return the data directory of this user (XDG Base Directory specification)."""
    home = os.environ.get("XDG_DATA_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "share") / "pratique"


def data_option(command: F) -> F:
    """Add `--data DIR`."""
    text = "The data directory."
    kind = click.Path(file_okay=False, path_type=Path)
    return click.option("--data", type=kind, envvar="PRATIQUE_DATA", default=default_data, show_default="~/.local/share/pratique", help=text)(command)


def feeds_options(command: F) -> F:
    """Add `--feeds DIR|URL` and `--offline`."""
    command = click.option("--offline", is_flag=True, help="Fetch nothing; use what is stored.")(command)
    text = "Take advisories from this mirror (a folder or address with an index.json) instead of the publishers."
    return click.option("--feeds", metavar="DIR|URL", envvar="PRATIQUE_FEEDS", help=text)(command)
