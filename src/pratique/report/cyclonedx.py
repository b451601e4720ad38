"""CycloneDX 1.5, 1.6 and 1.7 in JSON (ECMA-424, https://cyclonedx.org/docs/1.7/json/): an SBOM, and from a scan its vulnerabilities."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import UNSET

from pratique import __version__
from pratique.errors import InvalidInput
from pratique.matching.severity import score
from pratique.matching.urgency import urgency
from pratique.model import Distribution, Finding, Kind, Package, Report, Severity, Status
from pratique.report.attribution import attribution
from pratique.report.bom import (
    Advisory,
    Affected,
    AffectedVersion,
    Analysis,
    Bom,
    Component,
    Composition,
    Dependency,
    Entity,
    Evidence,
    Hash,
    LicenceChoice,
    Metadata,
    NamedLicence,
    Occurrence,
    Property,
    Rating,
    Reference,
    Source,
    Tool,
    Tools,
    Vulnerability,
)
from pratique.report.catalogue import is_url, publisher
from pratique.report.fixes import DISTRIBUTION_TYPES, zone_of
from pratique.report.format import Format, Options
from pratique.report.licence import is_expression
from pratique.report.text import uri_path
from pratique.report.wire import document_id, instant, json_text

VERSIONS = ("1.7", "1.6", "1.5")
IMAGE_REF = "image"
"""The `bom-ref` of the image itself."""


def render(report: Report, options: Options) -> Iterator[str]:
    """Yield one document. Raises `InvalidInput` for a version of CycloneDX that is not written."""
    version = options.version or VERSIONS[0]
    if version not in VERSIONS:
        raise InvalidInput(f"CycloneDX {version} is not written", f"Ask for one of {', '.join(f'cyclonedx@{known}' for known in VERSIONS)}.")
    refs = _References(report)
    bom = Bom(
        schema=f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        bom_format="CycloneDX",
        spec_version=version,
        serial_number=f"urn:uuid:{document_id(report)}",
        version=1,
        metadata=Metadata(
            timestamp=instant(report.created),
            tools=Tools([Tool("application", "pratique", __version__)]),
            component=_image(report),
            properties=[Property(f"pratique:gap:{gap.id}", gap.message) for gap in report.gaps],
        ),
        components=[
            *(_system(report, one, ref) for one, ref in refs.systems),
            *(_component(report, package, ref) for package, ref in refs.packages),
        ],
        dependencies=list(_dependencies(refs)),
        compositions=[Composition("incomplete", [IMAGE_REF])] if report.blind else [],
        vulnerabilities=UNSET if options.inventory_only else list(_vulnerabilities(report, refs)),
    )
    yield json_text(bom)


class _References:
    """Which component has which `bom-ref`: its purl, numbered where several have the same."""

    def __init__(self, report: Report) -> None:
        self.seen: dict[str, int] = {IMAGE_REF: 1}
        self.systems = [(one, self._unique(f"system:{one.id}:{one.version_id}")) for one in report.inventory.distributions]
        self.packages = [(package, self._unique(package.purl or f"{package.type}:{package.full_name}")) for package in report.inventory.packages]
        self.by_identity = {id(package): ref for package, ref in self.packages}
        self.by_place = {(package.purl, package.origin): ref for package, ref in reversed(self.packages)}
        self.by_purl = {package.purl: ref for package, ref in reversed(self.packages)}

    def of(self, package: Package | None, subject: str) -> str:
        """Return the reference of what a finding is about; the image's, where it is about no component."""
        if package is None:
            return self.by_purl.get(subject, IMAGE_REF)
        return self.by_identity.get(id(package)) or self.by_place.get((package.purl, package.origin)) or self.by_purl.get(package.purl, IMAGE_REF)

    def _unique(self, ref: str) -> str:
        number = self.seen.get(ref, 0) + 1
        self.seen[ref] = number
        return ref if number == 1 else self._unique(f"{ref}#{number}")


def _properties(values: dict[str, str]) -> list[Property]:
    return [Property(name, value) for name, value in values.items()]


_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")


def _image(report: Report) -> Component:
    image = report.image
    properties = {
        "pratique:image:reference": image.reference,
        "pratique:image:source": image.source,
        "pratique:image:platform": str(image.platform),
        "pratique:image:index-digest": image.digests.index or "",
        "pratique:image:manifest-digest": image.digests.manifest or "",
        "pratique:image:config-digest": image.digests.config,
        "pratique:image:base": report.base or "",
    }
    found = [Property(name, value) for name, value in properties.items() if value]
    found += (Property("pratique:image:tag", tag) for tag in image.tags)
    for layer in image.layers:
        found.append(Property(f"pratique:image:layer:{layer.index}", layer.diff_id))
        if layer.digest:
            found.append(Property(f"pratique:image:layer:{layer.index}:digest", layer.digest))
        if layer.instruction:
            found.append(Property(f"pratique:image:layer:{layer.index}:instruction", layer.instruction))
    digest = _SHA256.fullmatch(image.digest)
    return Component(
        type="container", name=image.reference, bom_ref=IMAGE_REF, version=image.digest, purl=_oci(report), properties=found,
        hashes=[Hash("SHA-256", digest[1])] if digest else [],
    )  # fmt: skip


def _oci(report: Report) -> str:
    """Return the purl of an image that a registry names (purl-spec, type `oci`); others have none."""
    image = report.image
    if image.source != "registry" or not image.digests.manifest:
        return ""
    repository, _, tag = image.reference.partition("@")[0].rpartition(":")
    if not repository or "/" in tag:
        repository, tag = image.reference.partition("@")[0], ""
    name = uri_path(repository.rpartition("/")[2].lower())
    architecture = f"&arch={uri_path(image.platform.architecture)}" if image.platform.architecture else ""
    tagged = f"&tag={uri_path(tag)}" if tag else ""
    digest = image.digests.manifest.replace(":", "%3A")
    return f"pkg:oci/{name}@{digest}?repository_url={uri_path(repository.lower())}{architecture}{tagged}"


def _system(report: Report, distribution: Distribution, ref: str) -> Component:
    properties = attribution(distribution.origin, report.zone(distribution.origin))
    if distribution.codename:
        properties["pratique:codename"] = distribution.codename
    return Component(
        type="operating-system", name=distribution.id, version=distribution.version_id, bom_ref=ref, description=str(distribution),
        properties=_properties(properties), scope="" if distribution.origin.visible else "excluded",
    )  # fmt: skip


def _component(report: Report, package: Package, ref: str) -> Component:
    properties = attribution(package.origin, report.zone(package.origin), package.owner)
    if package.source is not None:
        properties["pratique:source-package"] = f"{package.source.name} {package.source.version}"
    for name, value in (("arch", package.arch), ("module", package.module), ("distribution", package.distribution)):
        if value:
            properties[f"pratique:{name}"] = value
    if package.last_known:
        properties["pratique:last-known"] = "true"
    distribution = package.type in DISTRIBUTION_TYPES
    return Component(
        type="library",
        bom_ref=ref,
        group="" if distribution else package.namespace,
        name=package.name,
        version=package.version,
        purl=package.purl,
        scope="" if package.origin.visible else "excluded",
        supplier=Entity(package.supplier) if package.supplier else UNSET,
        licenses=[_licence(package.licences)] if package.licences else [],
        evidence=Evidence([Occurrence(location) for location in package.locations]) if package.locations else UNSET,
        properties=_properties(properties),
    )


def _licence(text: str) -> LicenceChoice:
    return LicenceChoice(expression=text) if is_expression(text) else LicenceChoice(license=NamedLicence(text))


def _dependencies(refs: _References) -> Iterator[Dependency]:
    """Yield what needs what: the image its systems and language packages, a system its packages, a package what its own data names and is there."""
    system_of = {one.origin.root: ref for one, ref in reversed(refs.systems) if one.origin.visible}
    names: dict[tuple[str, str, str], str] = {}
    below: dict[str, list[str]] = {IMAGE_REF: [ref for _, ref in refs.systems]} | {ref: [] for _, ref in refs.systems}
    for package, ref in refs.packages:
        if package.origin.visible:
            names.setdefault((package.type, package.origin.root, package.full_name), ref)
        parent = system_of.get(package.origin.root, IMAGE_REF) if package.type in DISTRIBUTION_TYPES else IMAGE_REF
        below[parent].append(ref)
    for ref, needed in below.items():
        yield Dependency(ref, needed)
    for package, ref in refs.packages:
        wanted = (names.get((package.type, package.origin.root, name)) for name in package.depends)
        yield Dependency(ref, list(dict.fromkeys(found for found in wanted if found is not None and found != ref)))


# --------------------------------------------------------------------------------------------------------- vulnerabilities

_SEVERITY = {Severity.NEGLIGIBLE: "info"}
_METHODS = {"CVSS:2.0": "CVSSv2", "CVSS:3.0": "CVSSv3", "CVSS:3.1": "CVSSv31", "CVSS:4.0": "CVSSv4"}
_ANALYSES = {
    Status.WONT_FIX: ("exploitable", ["will_not_fix"]),
    Status.END_OF_LIFE: ("exploitable", ["will_not_fix"]),
    Status.POSTPONED: ("exploitable", []),
    Status.UNDETERMINED: ("in_triage", []),
    Status.NOT_AFFECTED: ("not_affected", []),
}
"""`analysis.state` and `analysis.response`, where the publisher says something of it; the rest is for whoever reads it to decide."""
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _vulnerabilities(report: Report, refs: _References) -> Iterator[Vulnerability]:
    """Yield one entry for a flaw and what is said of it; packages of which the same is said share it."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in sorted((f for f in report.findings if f.kind in (Kind.VULNERABILITY, Kind.MALWARE)), key=urgency):
        said = (finding.rule, finding.kind, finding.status, finding.severity, finding.severity_source, zone_of(report, finding), finding.note)
        groups.setdefault(said, []).append(finding)
    for number, group in enumerate(groups.values()):
        yield _vulnerability(report, refs, group, f"finding:{number}")


def _vulnerability(report: Report, refs: _References, group: list[Finding], ref: str) -> Vulnerability:
    first = group[0]
    state, response = _ANALYSES.get(first.status, ("", []))
    affects: dict[str, Affected] = {}
    for finding in group:
        component = refs.of(finding.package, finding.subject)
        version = finding.package.version if finding.package else ""
        affects[component] = Affected(component, [AffectedVersion(version, "affected")] if version else [])
    return Vulnerability(
        id=first.rule,
        bom_ref=ref,
        source=_source(first.rule),
        references=[Reference(alias, _source(alias)) for alias in dict.fromkeys(first.aliases)],
        ratings=list(_ratings(first)),
        description=first.message,
        recommendation=" ".join(dict.fromkeys(finding.remedy for finding in group if finding.remedy)),
        advisories=[Advisory(url) for url in first.references if is_url(url)],
        published=first.published if _DATE_TIME.fullmatch(first.published) else "",
        analysis=Analysis(state, list(response), first.note) if state or first.note else UNSET,
        affects=list(affects.values()),
        properties=list(_finding_properties(report, group)),
    )


def _source(name: str) -> Source:
    found = publisher(name)
    return Source(found.name, found.url) if found else Source("pratique")


def _ratings(finding: Finding) -> Iterator[Rating]:
    word = _SEVERITY.get(finding.severity, finding.severity.word)
    own = Source(finding.severity_source) if finding.severity_source else UNSET
    yield Rating(source=own, severity=word, method="other")
    for vector in finding.cvss:
        if (found := score(vector)) is not None:
            rated = _SEVERITY.get(found.severity, found.severity.word)
            yield Rating(_source(finding.rule), found.value, rated, _METHODS.get(found.version, "other"), vector)


def _finding_properties(report: Report, group: list[Finding]) -> Iterator[Property]:
    first = group[0]
    yield Property("pratique:kind", first.kind)
    yield Property("pratique:status", first.status)
    yield Property("pratique:zone", zone_of(report, first))
    yield Property("pratique:confidence", first.confidence.word)
    if first.exploited is not None:
        yield Property("pratique:exploited", first.exploited.added.isoformat())
        if first.exploited.ransomware:
            yield Property("pratique:exploited:ransomware", "true")
    if first.epss is not None:
        yield Property("pratique:epss", f"{first.epss.score:g}")
        yield Property("pratique:epss:percentile", f"{first.epss.percentile:g}")
        yield Property("pratique:epss:date", first.epss.day)
    for fixed in dict.fromkeys(finding.fixed for finding in group if finding.fixed):
        yield Property("pratique:fixed", fixed)
    for fingerprint in dict.fromkeys(finding.fingerprint for finding in group):
        yield Property("pratique:fingerprint", fingerprint)
    for feed in dict.fromkeys(feed for finding in group for feed in finding.feeds):
        yield Property("pratique:feed", feed)


FORMAT = Format(id="cyclonedx", media_type="application/vnd.cyclonedx+json", render=render, versions=VERSIONS)
