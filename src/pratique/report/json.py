"""Everything a report holds, as JSON with a schema of its own: `docs/report-schema.md`, `docs/report.schema.json`."""

from __future__ import annotations

from collections.abc import Iterator

from pratique import __version__
from pratique.errors import InvalidInput
from pratique.matching.urgency import urgency
from pratique.model import (
    Config,
    Distribution,
    Executable,
    Exploited,
    Finding,
    Gap,
    Image,
    Knowledge,
    Layer,
    Likelihood,
    Mark,
    Origin,
    Package,
    Report,
    Zone,
)
from pratique.report.fixes import fixes, tally, zone_of
from pratique.report.format import Format, Options
from pratique.report.wire import instant, json_text

SCHEMA = "https://pratique.dev/schemas/report/1"
"""Names the schema; it is not fetched. A reader that knows `1` reads every `1.x`: fields are added, never changed."""
VERSION = "1.0"

Object = dict[str, object]


def render(report: Report, options: Options) -> Iterator[str]:
    """Yield one document; of `pratique sbom`, without what a scan adds. Raises `InvalidInput` for another version of the schema."""
    if options.version not in ("", *FORMAT.versions):
        raise InvalidInput(f"version {options.version} of the report's JSON is not written", f"Ask for `json`, which is {VERSION}.")
    inventory = report.inventory
    document: Object = {
        "schema": SCHEMA,
        "schema_version": VERSION,
        "kind": "inventory" if options.inventory_only else "report",
        "tool": {"name": "pratique", "version": __version__},
        "created": instant(report.created) or None,
        "image": _image(report, report.image),
        "blind": report.blind,
        "gaps": [_gap(gap) for gap in report.gaps],
        "distributions": [_distribution(report, one) for one in inventory.distributions],
    }
    if not options.inventory_only:
        document["summary"] = _summary(report)
        document["findings"] = [_finding(report, finding) for finding in sorted(report.findings, key=urgency)]
        document["suppressed"] = [{"reason": one.reason, "finding": _finding(report, one.finding)} for one in report.suppressed]
        document["knowledge"] = [_knowledge(one) for one in report.knowledge]
        document["checks"] = report.checks
        document["benchmark"] = [{"id": one.id, "title": one.title, "answer": one.answer, "reason": one.reason} for one in report.benchmark]
    document["packages"] = [_package(report, package) for package in inventory.packages]
    if not options.inventory_only:
        document["executables"] = [_executable(report, one) for one in inventory.executables]
    document["marks"] = [_mark(report, mark) for mark in inventory.marks]
    yield json_text(document)


def _image(report: Report, image: Image) -> Object:
    return {
        "reference": image.reference,
        "source": image.source,
        "tags": image.tags,
        "digest": image.digest,
        "digests": {"index": image.digests.index, "manifest": image.digests.manifest, "config": image.digests.config},
        "platform": {
            "os": image.platform.os,
            "architecture": image.platform.architecture,
            "variant": image.platform.variant,
            "os_version": image.platform.os_version,
        },
        "base": report.base,
        "base_layers": report.base_layers,
        "layers": [_layer(report, layer) for layer in image.layers],
        "config": _config(image.config),
    }


def _layer(report: Report, layer: Layer) -> Object:
    return {
        "index": layer.index,
        "zone": report.zones[layer.index] if layer.index < len(report.zones) else Zone.UNKNOWN,
        "instruction": layer.instruction,
        "created": layer.created,
        "diff_id": layer.diff_id,
        "chain_id": layer.chain_id,
        "digest": layer.digest,
        "media_type": layer.media_type,
        "size": layer.size,
    }


def _config(config: Config) -> Object:
    return {
        "user": config.user,
        "entrypoint": config.entrypoint,
        "cmd": config.cmd,
        "env": config.env,
        "labels": dict(config.labels),
        "exposed_ports": config.exposed_ports,
        "volumes": config.volumes,
        "working_dir": config.working_dir,
        "stop_signal": config.stop_signal,
        "healthcheck": config.healthcheck,
        "shell": config.shell,
        "onbuild": config.onbuild,
        "args_escaped": config.args_escaped,
        "created": config.created,
        "author": config.author,
        "history": [
            {"created_by": one.created_by, "created": one.created, "comment": one.comment, "author": one.author, "empty": one.empty}
            for one in config.history
        ],
    }


def _origin(report: Report, origin: Origin, zone: Zone | None = None) -> Object:
    return {
        "layer": origin.layer if origin.layer >= 0 else None,
        "diff_id": origin.diff_id or None,
        "instruction": origin.instruction,
        "zone": zone or report.zone(origin),
        "visible": origin.visible,
        "root": origin.root,
    }


def _distribution(report: Report, one: Distribution) -> Object:
    return {
        "id": one.id,
        "version_id": one.version_id,
        "codename": one.codename,
        "name": one.name,
        "pretty_name": one.pretty_name,
        "id_like": one.id_like,
        "origin": _origin(report, one.origin),
    }


def _package(report: Report, package: Package) -> Object:
    return {
        "type": package.type,
        "namespace": package.namespace,
        "name": package.name,
        "full_name": package.full_name,
        "version": package.version,
        "purl": package.purl,
        "arch": package.arch,
        "source": {"name": package.source.name, "version": package.source.version} if package.source else None,
        "module": package.module,
        "licences": package.licences,
        "supplier": package.supplier,
        "distribution": package.distribution,
        "owner": package.owner or None,
        "last_known": package.last_known,
        "locations": package.locations,
        "depends": package.depends,
        "origin": _origin(report, package.origin),
    }


def _executable(report: Report, one: Executable) -> Object:
    return {
        "path": one.path,
        "interpreter": one.interpreter or None,
        "owner": one.owner or None,
        "mode": f"{one.mode:04o}",
        "uid": one.uid,
        "gid": one.gid,
        "layer": one.layer if one.layer >= 0 else None,
        "zone": report.zone(Origin(one.layer)),
    }


def _mark(report: Report, mark: Mark) -> Object:
    return {
        "rule": mark.rule,
        "path": mark.path,
        "line": mark.line,
        "message": mark.message,
        "secret": mark.secret,
        "severity": None if mark.severity is None else mark.severity.word,
        "confidence": None if mark.confidence is None else mark.confidence.word,
        "owner": mark.owner or None,
        "allowed": mark.allowed or None,
        "origin": _origin(report, mark.origin),
    }


def _gap(gap: Gap) -> Object:
    layer = gap.layer if gap.layer >= 0 else None
    return {"id": gap.id, "blind": gap.blind, "message": gap.message, "remedy": gap.remedy, "path": gap.path, "layer": layer}


def _finding(report: Report, finding: Finding) -> Object:
    package = finding.package
    return {
        "rule": finding.rule,
        "kind": finding.kind,
        "aliases": finding.aliases,
        "subject": finding.subject,
        "severity": finding.severity.word,
        "severity_source": finding.severity_source,
        "confidence": finding.confidence.word,
        "message": finding.message,
        "remedy": finding.remedy,
        "status": finding.status,
        "note": finding.note,
        "fixed": finding.fixed or None,
        "upgrade": finding.upgrade or None,
        "exploited": _exploited(finding.exploited),
        "epss": _likelihood(finding.epss),
        "cvss": finding.cvss,
        "used": finding.used,
        "published": finding.published or None,
        "references": finding.references,
        "feeds": finding.feeds,
        "package": None if package is None else {"purl": package.purl, "type": package.type, "name": package.full_name, "version": package.version},
        "path": finding.path,
        "line": finding.line,
        "secret": finding.secret,
        "origin": _origin(report, finding.origin, zone_of(report, finding)),
        "fingerprint": finding.fingerprint,
        "kinship": finding.kinship,
    }


def _exploited(one: Exploited | None) -> Object | None:
    return None if one is None else {"id": one.id, "added": one.added, "due": one.due, "ransomware": one.ransomware}


def _likelihood(one: Likelihood | None) -> Object | None:
    return None if one is None else {"score": one.score, "percentile": one.percentile, "day": one.day, "model": one.model}


def _knowledge(one: Knowledge) -> Object:
    return {
        "feed": one.feed,
        "partition": one.partition,
        "digest": one.digest,
        "fetched_at": one.fetched_at,
        "data_date": one.data_date,
        "complete": one.complete,
        "origin": one.origin,
        "records": one.records,
        "rejected": one.rejected,
        "url": one.url,
    }


def _summary(report: Report) -> Object:
    counts = tally(report, fixes(report))
    return {
        "findings": len(report.findings),
        "suppressed": len(report.suppressed),
        "distinct": counts.total,
        "severities": {severity.word: number for severity, number in counts.severities},
        "exploited": counts.exploited,
        "fixable": counts.fixable,
        "upgrades": counts.upgrades,
    }


FORMAT = Format(id="json", media_type="application/json", render=render, versions=(VERSION,))
