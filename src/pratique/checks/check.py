"""What a check is: data and one generator, with examples that are its tests and its documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Protocol

from pratique.catalog.ecosystem import Keep
from pratique.catalog.observer import Member, Wanted
from pratique.catalog.tree import Node, Select, Tree
from pratique.model import Confidence, Config, Gap, Inventory, Kind, Persona, Severity

if TYPE_CHECKING:  # a scan has no Dockerfile
    from pratique.dockerfile.build import Build, Rules
    from pratique.dockerfile.edit import Edit
    from pratique.dockerfile.syntax import Span


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
    confidence: Confidence | None = None
    """Where this hit is more or less sure than the check's own word."""
    span: Span | None = None
    """From where to where in a Dockerfile."""


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


@dataclass(frozen=True, slots=True)
class Planted:
    """One member of a small tree, as an example has it.

    `owner`: the name of the OS package that lists it and brought it; `declared`: the bytes that its package declares.
    """

    path: str
    data: bytes = b""
    mode: int = 0o644
    type: str = "f"
    uid: int = 0
    gid: int = 0
    link: str = ""
    capabilities: bytes = b""
    owner: str = ""
    layer: int = 0
    declared: bytes | None = None


@dataclass(frozen=True, slots=True)
class Grove:
    """One example of a TreeCheck: what is planted, and how the image is configured. `whiteouts`: paths that the last layer deletes."""

    members: tuple[Planted, ...] = ()
    config: Config = field(default_factory=Config)
    whiteouts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TreeCheck:
    """A check over the merged file system of an image: what is visible, whose it is, and how the image is configured."""

    id: str
    revision: str
    """Changes whenever the same tree would give other hits: they are kept with the inventory."""
    kind: Kind
    severity: Severity
    confidence: Confidence
    asks: str
    remedy: str
    run: Callable[[list[Node], Tree], Iterator[Hit | Gap]]
    """Given the nodes it selects (links among them where it asks for their type) and the whole tree, `tree.image.config` included. The subject
    of a hit is a path of the tree; its layer is that of the node unless the hit says another. A Gap says what it could not tell."""
    catches: tuple[Grove, ...]
    passes: tuple[Grove, ...]
    select: Select = field(default_factory=Select)
    keeps: tuple[Keep, ...] = ()
    """Files whose content it needs: `tree.documents(role)`. Roles begin with `tree:`; checks that need the same share one Keep."""
    persona: Persona = Persona.REGULAR
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatedCheck:
    """A check over an inventory that depends on today: it is asked anew for each report."""

    id: str
    kind: Kind
    severity: Severity
    confidence: Confidence
    asks: str
    remedy: str
    run: Callable[[Inventory, datetime], Iterator[Hit]]
    catches: tuple[tuple[Inventory, datetime], ...]
    passes: tuple[tuple[Inventory, datetime], ...]
    persona: Persona = Persona.REGULAR
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reported:
    """What a program of others looks for, under one word of ours: its rules are its own, its reports are Marks of this id."""

    id: str
    kind: Kind
    severity: Severity
    confidence: Confidence
    asks: str
    remedy: str
    persona: Persona = Persona.REGULAR
    aliases: tuple[str, ...] = ()


class Placed(Protocol):
    """Whatever stands somewhere in a Dockerfile: an instruction, a word, a flag, a command, a stage."""

    @property
    def span(self) -> Span:
        """Where it stands."""
        ...


def at(place: Placed, message: str, severity: Severity | None = None, secret: str = "") -> Hit:
    """Object to what stands at a place of a Dockerfile. The subject is left to who reports it: the file and the instruction."""
    return Hit("", message, place.span.start.line, secret, severity, span=place.span)


@dataclass(frozen=True, slots=True)
class Folder:
    """One example of a DockerfileCheck with the files that lie beside it."""

    dockerfile: str
    files: tuple[str, ...] = ()
    ignore: str | None = None
    """The `.dockerignore`, where there is one."""
    rules: Rules | None = None
    """What an organisation says in its `.hadolint.yaml`."""


@dataclass(frozen=True, slots=True)
class DockerfileCheck:
    """A check over an evaluated Dockerfile; with its build context where that was listed."""

    id: str
    severity: Severity
    confidence: Confidence
    asks: str
    remedy: str
    run: Callable[[Build], Iterator[Hit]]
    """Yields hits made by `at`."""
    catches: tuple[str | Folder, ...]
    """Texts of Dockerfiles; one without FROM is given a base that no check objects to."""
    passes: tuple[str | Folder, ...]
    kind: Kind = Kind.DOCKERFILE
    persona: Persona = Persona.REGULAR
    aliases: tuple[str, ...] = ()
    fix: Callable[[Build], Iterator[Edit]] | None = None
    """What would surely mend what it objects to, and change nothing else: safe without a look."""


Check = FileCheck | ImageCheck | TreeCheck | DatedCheck | DockerfileCheck | Reported
