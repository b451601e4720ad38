"""The objects of a SARIF log file, as far as Pratique writes them (OASIS SARIF 2.1.0, section 3)."""
# ruff: noqa: D101 - each object is the one that the specification names so

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field

Bag = dict[str, object]
"""A property bag (3.8)."""


class Message(Struct, omit_defaults=True):
    text: str
    markdown: str = ""


class ArtifactLocation(Struct, rename="camel", omit_defaults=True):
    uri: str
    uri_base_id: str = ""


class Region(Struct, rename="camel"):
    start_line: int


class PhysicalLocation(Struct, rename="camel", omit_defaults=True):
    artifact_location: ArtifactLocation
    region: Region | UnsetType = UNSET


class LogicalLocation(Struct, rename="camel", omit_defaults=True):
    name: str
    fully_qualified_name: str
    kind: str


class Location(Struct, rename="camel", omit_defaults=True):
    physical_location: PhysicalLocation
    logical_locations: list[LogicalLocation] = []


class Suppression(Struct):
    kind: str
    status: str
    justification: str


class Result(Struct, rename="camel", omit_defaults=True):
    rule_id: str
    rule_index: int | UnsetType
    level: str
    message: Message
    locations: list[Location]
    fingerprints: dict[str, str]
    partial_fingerprints: dict[str, str]
    suppressions: list[Suppression] | UnsetType = UNSET
    properties: Bag = {}


class Configuration(Struct):
    level: str


class ReportingDescriptor(Struct, rename="camel", omit_defaults=True):
    id: str
    short_description: Message
    full_description: Message
    default_configuration: Configuration
    help: Message
    help_uri: str = ""
    properties: Bag = {}


class ToolComponent(Struct, rename="camel"):
    name: str
    version: str
    semantic_version: str
    information_uri: str
    rules: list[ReportingDescriptor]


class Tool(Struct):
    driver: ToolComponent


class DescriptorReference(Struct):
    id: str


class Notification(Struct, rename="camel", omit_defaults=True):
    descriptor: DescriptorReference
    level: str
    message: Message
    locations: list[Location] = []
    properties: Bag = {}


class Invocation(Struct, rename="camel", omit_defaults=True):
    execution_successful: bool
    tool_execution_notifications: list[Notification]
    end_time_utc: str = ""


class AutomationDetails(Struct):
    id: str


class BaseId(Struct):
    description: Message


class Run(Struct, rename="camel", omit_defaults=True):
    tool: Tool
    automation_details: AutomationDetails
    invocations: list[Invocation]
    original_uri_base_ids: dict[str, BaseId]
    column_kind: str
    results: list[Result] | UnsetType
    properties: Bag


class Log(Struct):
    schema: str = field(name="$schema")
    version: str
    runs: list[Run]
