"""SPDX 2.3 in JSON (https://spdx.github.io/spdx-spec/v2.3/): what is in an image, whose it is, under which licence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from pratique import __version__
from pratique.errors import InvalidInput
from pratique.model import Distribution, Package, Report
from pratique.report.attribution import attribution
from pratique.report.fixes import DISTRIBUTION_TYPES
from pratique.report.format import Format, Options
from pratique.report.licence import is_expression, references
from pratique.report.text import visible
from pratique.report.wire import document_id, instant, json_text, mend

TOOL = f"Tool: pratique-{__version__}"
DOCUMENT = "SPDXRef-DOCUMENT"
IMAGE = "SPDXRef-Image"
NO_ASSERTION = "NOASSERTION"
BEGINNING = "1970-01-01T00:00:00Z"
"""The time of a document whose report has none: the specification demands one (6.9)."""


class ExternalRef(Struct, rename="camel"):
    """A purl of a package (7.21)."""

    reference_category: str
    reference_type: str
    reference_locator: str


class Checksum(Struct, rename="camel"):
    """A digest of a package (7.10)."""

    algorithm: str
    checksum_value: str


class Annotation(Struct, rename="camel"):
    """What we add to a package (12): the `pratique:*` properties as a JSON object."""

    annotation_date: str
    annotation_type: str
    annotator: str
    comment: str


class SpdxPackage(Struct, rename="camel", kw_only=True):
    """Package information (7). What we do not look at, a document has to say."""

    spdx_id: str = field(name="SPDXID")
    name: str
    version_info: str | UnsetType = UNSET
    supplier: str = NO_ASSERTION
    download_location: str = NO_ASSERTION
    files_analyzed: bool = False
    license_concluded: str = NO_ASSERTION
    license_declared: str = NO_ASSERTION
    copyright_text: str = NO_ASSERTION
    source_info: str | UnsetType = UNSET
    primary_package_purpose: str | UnsetType = UNSET
    checksums: list[Checksum] | UnsetType = UNSET
    external_refs: list[ExternalRef] | UnsetType = UNSET
    annotations: list[Annotation] = []


class Relationship(Struct, rename="camel"):
    """How two elements belong together (11)."""

    spdx_element_id: str
    relationship_type: str
    related_spdx_element: str


class ExtractedLicence(Struct, rename="camel"):
    """A licence that is on no list (10)."""

    license_id: str
    extracted_text: str
    name: str


class CreationInfo(Struct):
    """Who made the document, and when (6.8, 6.9)."""

    created: str
    creators: list[str]


class Document(Struct, rename="camel", omit_defaults=True):
    """Document creation information (6) and all the rest."""

    spdx_version: str
    data_license: str
    spdx_id: str = field(name="SPDXID")
    name: str
    document_namespace: str
    creation_info: CreationInfo
    packages: list[SpdxPackage]
    relationships: list[Relationship]
    has_extracted_licensing_infos: list[ExtractedLicence] = []
    comment: str = ""


def render(report: Report, options: Options) -> Iterator[str]:
    """Yield one document. Raises `InvalidInput` for another version than 2.3."""
    if options.version not in ("", *FORMAT.versions):
        raise InvalidInput(f"SPDX {options.version} is not written", "Ask for `spdx`, which is 2.3.")
    created = instant(report.created) or BEGINNING
    image = report.image
    licences: dict[str, str] = {}
    systems = {f"SPDXRef-System-{number}": one for number, one in enumerate(report.inventory.distributions)}
    packages = {f"SPDXRef-Package-{number}": one for number, one in enumerate(report.inventory.packages)}
    document = Document(
        spdx_version="SPDX-2.3",
        data_license="CC0-1.0",
        spdx_id=DOCUMENT,
        name=image.reference,
        document_namespace=f"https://pratique.dev/spdx/{document_id(report)}",
        creation_info=CreationInfo(created, [TOOL]),
        packages=[
            _image(report, created),
            *(_system(report, one, ref, created) for ref, one in systems.items()),
            *(_package(report, one, ref, created, licences) for ref, one in packages.items()),
        ],
        relationships=list(_relationships(systems, packages)),
        has_extracted_licensing_infos=[ExtractedLicence(name, text, name.removeprefix("LicenseRef-")) for name, text in licences.items()],
        comment="\n".join(f"{'could not tell' if gap.blind else 'note'}: {visible(gap.message)}" for gap in report.gaps),
    )
    yield json_text(document)


_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")


def _image(report: Report, created: str) -> SpdxPackage:
    image = report.image
    digest = _SHA256.fullmatch(image.digest)
    values = {
        "pratique:image:reference": image.reference,
        "pratique:image:platform": str(image.platform),
        "pratique:image:index-digest": image.digests.index,
        "pratique:image:manifest-digest": image.digests.manifest,
        "pratique:image:config-digest": image.digests.config,
        "pratique:image:layers": [layer.diff_id for layer in image.layers],
    }
    return SpdxPackage(
        spdx_id=IMAGE,
        name=image.reference,
        version_info=image.digest,
        primary_package_purpose="CONTAINER",
        checksums=[Checksum("SHA256", digest[1])] if digest else UNSET,
        annotations=[_annotation(values, created)],
    )


def _system(report: Report, distribution: Distribution, ref: str, created: str) -> SpdxPackage:
    return SpdxPackage(
        spdx_id=ref,
        name=distribution.id or "unknown",
        version_info=distribution.version_id or UNSET,
        primary_package_purpose="OPERATING_SYSTEM",
        annotations=[_annotation(attribution(distribution.origin, report.zone(distribution.origin)), created)],
    )


def _package(report: Report, package: Package, ref: str, created: str, licences: dict[str, str]) -> SpdxPackage:
    values: dict[str, object] = {**attribution(package.origin, report.zone(package.origin), package.owner)}
    if package.locations:
        values["pratique:locations"] = package.locations
    if package.last_known:
        values["pratique:last-known"] = "true"
    source = package.source
    return SpdxPackage(
        spdx_id=ref,
        name=package.full_name,
        version_info=package.version or UNSET,
        supplier=_supplier(package.supplier),
        license_declared=_licence(package.licences, licences),
        source_info=f"built from the source package {source.name} {source.version}" if source else UNSET,
        external_refs=[ExternalRef("PACKAGE-MANAGER", "purl", visible(package.purl).replace(" ", "%20"))] if package.purl else UNSET,
        annotations=[_annotation(values, created)],
    )


def _annotation(values: object, created: str) -> Annotation:
    return Annotation(created, "OTHER", TOOL, _compact(values))


def _compact(values: object) -> str:
    try:
        return msgspec.json.encode(values).decode()
    except UnicodeEncodeError:
        return json_text(values)


_EMAIL = re.compile(r"(?P<name>[^<>]*)<(?P<email>[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)>\s*", re.ASCII)


def _supplier(text: str) -> str:
    """Return who supplies a package as an organisation (7.5), its address in parentheses as the grammar wants it."""
    if not text.strip():
        return NO_ASSERTION
    match = _EMAIL.fullmatch(text)
    name = " ".join(visible(match["name"] if match else text).replace("(", " ").replace(")", " ").split())
    if not name:
        return NO_ASSERTION
    return f"Organization: {name} ({match['email']})" if match else f"Organization: {name}"


def _licence(text: str, licences: dict[str, str]) -> str:
    """Return a licence expression; what is none gets a reference of its own, so that no declaration is lost (10.1)."""
    if not text:
        return NO_ASSERTION
    if is_expression(text):
        for name in references(text):
            licences.setdefault(name, f"Declared as {name.removeprefix('LicenseRef-')}; the text was not read.")
        return text
    name = f"LicenseRef-{uuid5(NAMESPACE_URL, mend(text))}"
    licences[name] = text
    return name


def _relationships(systems: dict[str, Distribution], packages: dict[str, Package]) -> Iterator[Relationship]:
    yield Relationship(DOCUMENT, "DESCRIBES", IMAGE)
    for ref in (*systems, *packages):
        yield Relationship(IMAGE, "CONTAINS", ref)
    system_of = {one.origin.root: ref for ref, one in reversed(systems.items()) if one.origin.visible}
    names: dict[tuple[str, str, str], str] = {}
    for ref, package in packages.items():
        if package.origin.visible:
            names.setdefault((package.type, package.origin.root, package.full_name), ref)
        if package.type in DISTRIBUTION_TYPES and package.origin.root in system_of:
            yield Relationship(system_of[package.origin.root], "CONTAINS", ref)
    for ref, package in packages.items():
        for needed in dict.fromkeys(names.get((package.type, package.origin.root, name)) for name in package.depends):
            if needed is not None and needed != ref:
                yield Relationship(ref, "DEPENDS_ON", needed)


FORMAT = Format(id="spdx", media_type="application/spdx+json", render=render, versions=("2.3",))
