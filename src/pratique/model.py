"""The nouns of Pratique: frozen values that every floor shares. Imports nothing of ours.

Paths are relative to the root of the image, without a leading slash, as `str` decoded from the archive's bytes with `surrogateescape`
(an image may name files in bytes that are not UTF-8). A member of an archive within a file is written `app.jar!/lib/inner.jar`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum

UNKNOWN_LAYER = -1
"""The layer index of what belongs to no layer."""


class Severity(IntEnum):
    """How bad. Ordered: `Severity.HIGH > Severity.LOW`."""

    UNKNOWN = 0
    NEGLIGIBLE = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5

    @property
    def word(self) -> str:
        """The lower-case name, as written in every report."""
        return self.name.lower()


class Confidence(IntEnum):
    """How sure."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def word(self) -> str:
        """The lower-case name, as written in every report."""
        return self.name.lower()


class Persona(IntEnum):
    """Who wants to hear it: noise is a property of the reader, not of the rule."""

    REGULAR = 1
    PEDANTIC = 2
    AUDITOR = 3


class Zone(StrEnum):
    """Whose a layer is; without proof: unknown, never a guess."""

    BASE = "base"
    MIDDLE = "middle"
    APP = "app"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """What the publisher of an advisory says of a package it names."""

    AFFECTED = "affected"
    FIXED = "fixed"
    WONT_FIX = "wont-fix"
    POSTPONED = "postponed"
    UNDETERMINED = "undetermined"
    NOT_AFFECTED = "not-affected"
    END_OF_LIFE = "end-of-life"


# ---------------------------------------------------------------------------------------------------------------- image


@dataclass(frozen=True, slots=True)
class Platform:
    """What an image runs on, by the names of OCI image-spec `config.md` (GOOS, GOARCH)."""

    os: str = "linux"
    architecture: str = ""
    variant: str = ""
    os_version: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


@dataclass(frozen=True, slots=True)
class Digests:
    """Every digest on the way to an image, `sha256:…`; absent where the source has none (a `docker save` archive has no manifest digest)."""

    config: str
    manifest: str | None = None
    index: str | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: a change set of files. `digest` and `size` are those of the blob as stored (compressed), `diff_id` of the tar itself."""

    index: int
    diff_id: str
    chain_id: str
    digest: str | None = None
    media_type: str = ""
    size: int = 0
    instruction: str | None = None
    created: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """One entry of an image's history; `empty` entries brought no layer. Redacted at birth."""

    created_by: str | None = None
    created: str | None = None
    comment: str | None = None
    author: str | None = None
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """What an image says about how it is run (OCI image-spec `config.md`). Environment, labels and history are redacted at birth."""

    user: str = ""
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    env: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    working_dir: str = ""
    stop_signal: str = ""
    healthcheck: tuple[str, ...] | None = None
    shell: tuple[str, ...] | None = None
    onbuild: tuple[str, ...] = ()
    args_escaped: bool = False
    created: str | None = None
    author: str | None = None
    history: tuple[History, ...] = ()


class Concealed:
    """Texts of an image's configuration as they stand there, secrets and all: searched once, never kept, written or shown."""

    __slots__ = ("_texts",)

    def __init__(self, texts: tuple[tuple[str, str, int], ...]) -> None:
        self._texts = texts

    def __repr__(self) -> str:
        return "Concealed()"

    def __reduce__(self) -> str:
        raise TypeError("what is concealed is not written")

    def texts(self) -> tuple[tuple[str, str, int], ...]:
        """Return place (`config:env/NAME`), text and layer (or `UNKNOWN_LAYER`) of each."""
        return self._texts


@dataclass(frozen=True, slots=True)
class Image:
    """An image as it was asked for and as it was found."""

    reference: str
    """What the user wrote, normalised: `docker.io/library/alpine:3.20`, or `docker-archive:app.tar`."""
    digests: Digests
    platform: Platform
    layers: tuple[Layer, ...]
    config: Config
    source: str = ""
    """The scheme that reached it: `registry`, `docker-archive`, `oci`, `oci-archive`, `docker`, `dir`."""
    tags: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    concealed: Concealed | None = field(default=None, repr=False, compare=False)
    """Between opening and searching alone; no inventory has it."""

    @property
    def digest(self) -> str:
        """The digest that names this image best: its manifest's, else its config's."""
        return self.digests.manifest or self.digests.config


# ------------------------------------------------------------------------------------------------------------- evidence


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something came from. The zone is joined in the Report, for a base may become known later."""

    layer: int = UNKNOWN_LAYER
    diff_id: str = ""
    instruction: str | None = None
    visible: bool = True
    """False: a later layer deleted or replaced it; it is still in the image's bytes."""
    root: str = ""
    """The root file system it belongs to: `""` is `/`, else a prefix such as `rootfs`."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not seen. *Blind*: the answer may be wrong. Otherwise a note: it is shown, and the answer stands."""

    id: str
    """A word of our own, stable: `layer-truncated`, `database-deleted`, `feed-missing`."""
    message: str
    blind: bool = True
    path: str | None = None
    layer: int = UNKNOWN_LAYER
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file kept whole (or reduced by its observer) for the fold, which parses it together with its visible siblings."""

    role: str
    """Who wants it and as what: `debian:status`."""
    path: str
    data: bytes
    root: str = ""
    """What stands before the pattern it was wanted by: the root file system, for the files of a database."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a FileCheck saw in one file."""

    rule: str
    path: str
    message: str
    line: int | None = None
    secret: str = ""
    """A keyed hash of a secret's value, never the value: a new leak in a waived file is a new finding."""
    origin: Origin = field(default_factory=Origin)
    severity: Severity | None = None
    """Where this one is worse or better than the check's own word."""
    confidence: Confidence | None = None
    """Where this one is more or less sure than the check's own word."""
    owner: str = ""
    """The purl of the OS package that brought the file, if any."""
    allowed: str = ""
    """Why it is not counted, where it is not: it is shown as suppressed."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """The distribution of one root, from its os-release (os-release(5)) or what older ones had instead."""

    id: str
    version_id: str = ""
    codename: str = ""
    name: str = ""
    id_like: tuple[str, ...] = ()
    pretty_name: str = ""
    origin: Origin = field(default_factory=Origin)

    def __str__(self) -> str:
        return self.pretty_name or f"{self.name or self.id} {self.version_id}".strip()


@dataclass(frozen=True, slots=True)
class SourcePackage:
    """The source package a binary package was built from: what advisories of distributions name."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Package:
    """One installed package. `name` is as its ecosystem normalises it; `version` is complete (epoch and release where there are any)."""

    type: str
    """The purl type: `deb`, `apk`, `rpm`, `pypi`, `npm`, `golang`, `maven`."""
    name: str
    version: str
    purl: str
    namespace: str = ""
    """The purl namespace: `debian`, `@scope`, `org.apache.logging.log4j`, `golang.org/x`."""
    arch: str = ""
    source: SourcePackage | None = None
    module: str = ""
    """The modularity label of an RPM (`nodejs:12:…`)."""
    locations: tuple[str, ...] = ()
    licences: str = ""
    """An SPDX expression, or empty where none is declared."""
    supplier: str = ""
    depends: tuple[str, ...] = ()
    """Names of packages it needs, as its own data names them."""
    origin: Origin = field(default_factory=Origin)
    owner: str = ""
    """The purl of the OS package that owns its files, if any: then that distribution's feed alone judges it."""
    distribution: str = ""
    """`debian:12`, `alpine:3.18.4`: the release it is judged by; empty for language packages."""
    last_known: bool = False
    """True: the database that listed it was later deleted or emptied; whether it is still installed cannot be told."""

    @property
    def full_name(self) -> str:
        """The name as the ecosystem's users and OSV write it: `@scope/name`, `group:artifact`, `golang.org/x/net`."""
        if not self.namespace or self.type in {"deb", "apk", "rpm"}:
            return self.name
        return f"{self.namespace}{':' if self.type == 'maven' else '/'}{self.name}"


@dataclass(frozen=True, slots=True)
class Executable:
    """One file that could be started: visible, executable by somebody, an ELF program or a script."""

    path: str
    interpreter: str = ""
    """What the first line of a script names; empty for ELF programs."""
    owner: str = ""
    """The purl of the OS package that brought it, if any."""
    mode: int = 0o755
    uid: int = 0
    gid: int = 0
    layer: int = UNKNOWN_LAYER


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is in an image. Never changes for a digest and a set of observer revisions."""

    image: Image
    packages: tuple[Package, ...]
    distributions: tuple[Distribution, ...] = ()
    marks: tuple[Mark, ...] = ()
    gaps: tuple[Gap, ...] = ()
    executables: tuple[Executable, ...] = ()
    """What could be started, by path."""

    def distribution(self, root: str = "") -> Distribution | None:
        """Return the distribution of a root, if one was seen."""
        return next((d for d in self.distributions if d.origin.root == root), None)


# ------------------------------------------------------------------------------------------------------------- knowledge


@dataclass(frozen=True, slots=True)
class Range:
    """One branch of affected versions (OSV `ranges[].events`, one introduced … fixed or last_affected pair).

    `introduced` `""` or `"0"`: from the first version. Neither `fixed` nor `last_affected`: no end is known.
    """

    introduced: str = ""
    fixed: str = ""
    last_affected: str = ""


@dataclass(frozen=True, slots=True)
class Affected:
    """What an advisory says of one package of one ecosystem (or release of a distribution)."""

    ecosystem: str
    """OSV ecosystem with its release: `PyPI`, `Debian:12`, `Alpine:v3.18`, `AlmaLinux:9`, `Wolfi`."""
    name: str
    """As the ecosystem writes it in OSV; a *source* package for distributions with source packages (RPM: binary)."""
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    status: Status = Status.AFFECTED
    severity: Severity | None = None
    """The distribution's own word for its package, where it has one."""
    severity_source: str = ""
    arch: tuple[str, ...] = ()
    module: str = ""
    note: str = ""
    """The publisher's own words on the status: `no-dsa`, `unimportant`, `Minor issue`."""


@dataclass(frozen=True, slots=True)
class Advisory:
    """A published flaw (or malicious package)."""

    id: str
    feed: str
    aliases: tuple[str, ...] = ()
    """Other ids of the *same* flaw."""
    upstream: tuple[str, ...] = ()
    """Flaws that this bulletin fixes (an ALSA or DSA fixes several CVEs): each is a finding of its own."""
    affected: tuple[Affected, ...] = ()
    summary: str = ""
    severity: Severity = Severity.UNKNOWN
    severity_source: str = ""
    """`CVSS:3.1/…` or the database's word: where the severity comes from."""
    cvss: tuple[str, ...] = ()
    withdrawn: str = ""
    published: str = ""
    modified: str = ""
    references: tuple[str, ...] = ()
    malicious: bool = False
    security: bool = True
    """False: a bulletin of bug fixes or enhancements that names no flaw; matching skips it."""


@dataclass(frozen=True, slots=True)
class Exploited:
    """One entry of CISA's catalogue of known exploited vulnerabilities."""

    id: str
    added: date
    due: date | None = None
    ransomware: bool = False


@dataclass(frozen=True, slots=True)
class Likelihood:
    """EPSS: the probability that a flaw is exploited within 30 days, with its day and model. A missing one is unknown, not zero."""

    score: float
    percentile: float
    day: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """When the support of one release of a distribution ends. `None`: not known; `ends` is the last day of free security support."""

    distribution: str
    release: str
    codename: str = ""
    ends: date | None = None
    extended: date | None = None
    """The end of extended support (LTS, ELTS, ESM) where there is one."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """One partition of a feed that was used: which bytes, how old, and whether it is whole."""

    feed: str
    partition: str
    digest: str
    fetched_at: str
    data_date: str | None
    complete: bool
    origin: str = "publisher"
    """`publisher`, `derived` or `selection` (of a mirror), `missing` where it was needed and could not be had."""
    records: int = 0
    rejected: int = 0
    """Records that could not be read; each is said by `pratique feeds status`."""
    url: str = ""


# -------------------------------------------------------------------------------------------------------------- findings


class Kind(StrEnum):
    """What kind of trouble a finding is: what `--checks` chooses from."""

    VULNERABILITY = "vulnerability"
    MALWARE = "malware"
    SECRET = "secret"
    HARDENING = "hardening"
    LIFECYCLE = "lifecycle"
    CODE = "code"
    DOCKERFILE = "dockerfile"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with an image, whose it is and what to do about it (SARIF `result`)."""

    rule: str
    """The id a user looks up: `CVE-2023-0464`, or a check's own word such as `private-key`."""
    kind: Kind
    subject: str
    """A purl with version, a path, or `config:user`: what the finding is about."""
    severity: Severity
    message: str
    aliases: tuple[str, ...] = ()
    severity_source: str = ""
    confidence: Confidence = Confidence.HIGH
    remedy: str = ""
    origin: Origin = field(default_factory=Origin)
    zone: Zone = Zone.UNKNOWN
    status: Status = Status.AFFECTED
    fixed: str = ""
    """The lowest version that this release can install and that has the fix; empty: none is known."""
    upgrade: str = ""
    """The lowest version known that removes this and every other flaw of the package that has a fix: what to upgrade to, once."""
    exploited: Exploited | None = None
    epss: Likelihood | None = None
    used: bool | None = None
    package: Package | None = None
    path: str | None = None
    line: int | None = None
    secret: str = ""
    note: str = ""
    """What the publisher says of its status, or why the confidence is low."""
    cvss: tuple[str, ...] = ()
    published: str = ""
    references: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    """The feeds that say so, `feed/partition`."""

    @property
    def names(self) -> frozenset[str]:
        """The rule and its aliases: rules of advisories match on any of them."""
        return frozenset((self.rule, *self.aliases))

    @property
    def fingerprint(self) -> str:
        """A hash of rule and subject: no line, time, stage or layer, so that waivers survive rebuilds and lapse when the package changes."""
        return _hash(self.rule, self.subject, self.secret)

    @property
    def fingerprints(self) -> frozenset[str]:
        """The fingerprint under every name of the rule: a waiver written before a CVE was assigned still matches."""
        return frozenset(_hash(name, self.subject, self.secret) for name in self.names)

    @property
    def kinship(self) -> str:
        """The same without the version: the same flaw in another build."""
        return _hash(self.rule, _without_version(self.subject))


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that is not counted, and the reason, which is always shown."""

    finding: Finding
    reason: str


class Answer(StrEnum):
    """What is said of one item of a benchmark. "Could not tell" is never "met"."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "could not tell"


@dataclass(frozen=True, slots=True)
class Item:
    """One recommendation of a benchmark, answered."""

    id: str
    """`CIS-4.1`."""
    title: str
    answer: Answer
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What is known about an image now. Made again when knowledge changes; never mutated."""

    inventory: Inventory
    findings: tuple[Finding, ...]
    knowledge: tuple[Knowledge, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    gaps: tuple[Gap, ...] = ()
    """Those of the inventory and those of matching."""
    base: str | None = None
    """The base image that was named, where one was."""
    base_layers: int = 0
    zones: tuple[Zone, ...] = ()
    """The zone of each layer, by its index."""
    created: datetime | None = None
    checks: tuple[str, ...] = ()
    benchmark: tuple[Item, ...] = ()
    """CIS Docker Benchmark section 4, item by item."""

    @property
    def image(self) -> Image:
        """The image of the inventory."""
        return self.inventory.image

    @property
    def blind(self) -> bool:
        """Whether something was not seen that may change the answer."""
        return any(gap.blind for gap in self.gaps)

    def zone(self, origin: Origin) -> Zone:
        """Return whose the layer of an origin is."""
        return self.zones[origin.layer] if 0 <= origin.layer < len(self.zones) else Zone.UNKNOWN


def _without_version(subject: str) -> str:
    """Cut the version (and qualifiers) off a purl; leave a path as it is."""
    if not subject.startswith("pkg:"):
        return subject
    return subject.split("?")[0].rpartition("@")[0] or subject


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
