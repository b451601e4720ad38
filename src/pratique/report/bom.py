"""The objects of a CycloneDX document in JSON, as far as Pratique writes them (https://cyclonedx.org/docs/1.7/json/)."""
# ruff: noqa: D101 - each object is the one that the specification names so

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field


class Property(Struct):
    name: str
    value: str


class Hash(Struct):
    alg: str
    content: str


class NamedLicence(Struct):
    name: str


class LicenceChoice(Struct, omit_defaults=True):
    expression: str | UnsetType = UNSET
    license: NamedLicence | UnsetType = UNSET


class Entity(Struct):
    name: str


class Occurrence(Struct):
    location: str


class Evidence(Struct):
    occurrences: list[Occurrence]


class Component(Struct, omit_defaults=True):
    type: str
    name: str
    bom_ref: str = field(name="bom-ref")
    supplier: Entity | UnsetType = UNSET
    group: str = ""
    version: str = ""
    description: str = ""
    scope: str = ""
    hashes: list[Hash] = []
    licenses: list[LicenceChoice] = []
    purl: str = ""
    evidence: Evidence | UnsetType = UNSET
    properties: list[Property] = []


class Tool(Struct):
    type: str
    name: str
    version: str


class Tools(Struct):
    components: list[Tool]


class Metadata(Struct, omit_defaults=True):
    tools: Tools
    component: Component
    timestamp: str = ""
    properties: list[Property] = []


class Dependency(Struct, rename="camel", omit_defaults=True):
    ref: str
    depends_on: list[str] = []


class Composition(Struct):
    aggregate: str
    assemblies: list[str]


class Source(Struct, omit_defaults=True):
    name: str
    url: str = ""


class Reference(Struct):
    id: str
    source: Source


class Rating(Struct, omit_defaults=True):
    source: Source | UnsetType = UNSET
    score: float | UnsetType = UNSET
    severity: str = ""
    method: str = ""
    vector: str = ""


class Advisory(Struct):
    url: str


class Analysis(Struct, omit_defaults=True):
    state: str = ""
    response: list[str] = []
    detail: str = ""


class AffectedVersion(Struct):
    version: str
    status: str


class Affected(Struct, omit_defaults=True):
    ref: str
    versions: list[AffectedVersion] = []


class Vulnerability(Struct, omit_defaults=True):
    id: str
    bom_ref: str = field(name="bom-ref")
    source: Source | UnsetType = UNSET
    references: list[Reference] = []
    ratings: list[Rating] = []
    description: str = ""
    recommendation: str = ""
    advisories: list[Advisory] = []
    published: str = ""
    analysis: Analysis | UnsetType = UNSET
    affects: list[Affected] = []
    properties: list[Property] = []


class Bom(Struct, rename="camel", omit_defaults=True):
    schema: str = field(name="$schema")
    bom_format: str
    spec_version: str
    serial_number: str
    version: int
    metadata: Metadata
    components: list[Component]
    dependencies: list[Dependency] = []
    compositions: list[Composition] = []
    vulnerabilities: list[Vulnerability] | UnsetType = UNSET
