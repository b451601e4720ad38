"""What a check is: data and one generator, with examples that are its tests and its documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pratique.catalog.observer import Member, Wanted
from pratique.model import Confidence, Inventory, Kind, Persona, Severity


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a check objects, and why. `subject` names what: a path, `config:user`."""

    subject: str
    message: str
    line: int | None = None
    secret: str = ""
    severity: Severity | None = None
    """Where this hit is worse or better than the check's own word."""
    layer: int | None = None
    """The layer that brought it, where the check knows; else the image as a whole."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One example of a FileCheck: a member and its bytes."""

    path: str
    data: bytes
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A check that needs one file: it runs as an observer in the one pass, in every layer, so deleted files are seen too."""

    id: str
    revision: str
    kind: Kind
    severity: Severity
    confidence: Confidence
    asks: str
    remedy: str
    wants: tuple[Wanted, ...]
    run: Callable[[Member, BinaryIO], Iterator[Hit]]
    catches: tuple[Sample, ...]
    passes: tuple[Sample, ...]
    persona: Persona = Persona.REGULAR
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageCheck:
    """A check over the inventory and the configuration of an image."""

    id: str
    kind: Kind
    severity: Severity
    confidence: Confidence
    asks: str
    remedy: str
    run: Callable[[Inventory], Iterator[Hit]]
    catches: tuple[Inventory, ...]
    passes: tuple[Inventory, ...]
    persona: Persona = Persona.REGULAR
    aliases: tuple[str, ...] = ()


Check = FileCheck | ImageCheck
