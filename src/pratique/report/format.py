"""What a report format is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pratique.model import Report


@dataclass(frozen=True, slots=True)
class Options:
    """How a report is to be shown. Only formats for people read `width` and `colour`."""

    width: int = 100
    colour: bool = False
    version: str = ""
    """The version of the format that was asked for (`1.6` of `cyclonedx@1.6`); empty: its newest."""
    inventory_only: bool = False
    """True for `pratique sbom`: what is in the image, without findings."""
    executables: bool = False
    """True: list what could be started, too. Formats for programs always do, where they have a place for it."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format: `render` yields the text in pieces. It raises `InvalidInput` for a version it does not know."""

    id: str
    media_type: str
    render: Callable[[Report, Options], Iterator[str]]
    versions: tuple[str, ...] = ()
    """The versions that can be asked for, newest first."""
    for_people: bool = False
