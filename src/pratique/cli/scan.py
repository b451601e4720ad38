"""`pratique scan`: the main job."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pratique.cli.options import Progress, clock, data_folder, data_options, image_options, output_options, targets, write

if TYPE_CHECKING:
    from pratique.model import Finding, Report

DENIED, COULD_NOT_TELL = 1, 3
SEVERITIES = ("unknown", "negligible", "low", "medium", "high", "critical")


def _severities(_: click.Context, __: click.Parameter, value: str | None) -> frozenset[str] | None:
    if value is None:
        return None
    words = frozenset(word.strip().lower() for word in value.split(",") if word.strip())
    if not words or words - set(SEVERITIES):
        raise click.BadParameter(f"a list of {', '.join(SEVERITIES)}")
    return words


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@image_options()
@click.option("--base", metavar="IMAGE", help="The base image it was built on: its layers' findings are said to be the base's.")
@output_options()
@click.option("--severity", metavar="LIST", callback=_severities, help="Show only these: critical,high. Others still count for --fail-on.")
@click.option("--fixable", is_flag=True, help="Show only what has a fix that this image can install.")
@click.option("--exploited", is_flag=True, help="Show only what is known to be exploited (CISA KEV).")
@click.option(
    "--fail-on",
    type=click.Choice((*SEVERITIES, "exploited"), case_sensitive=False),
    help="Exit with 1 where a finding is this bad or worse (with --fixable, --exploited: one of those).",
)
@click.option("--strict", is_flag=True, help="Exit with 3 for every gap, also for those that leave the answer standing.")
@click.option("--feeds", metavar="DIR|URL", envvar="PRATIQUE_FEEDS", help="A mirror of the advisory data, with an index.json; else the publishers.")
@click.option("--offline", is_flag=True, help="Use no network: only the advisory data that is there.")
@data_options()
def scan(
    image: str,
    platform: str | None,
    insecure: bool,
    base: str | None,
    format_: str | None,
    outputs: tuple[str, ...],
    severity: frozenset[str] | None,
    fixable: bool,
    exploited: bool,
    fail_on: str | None,
    strict: bool,
    feeds: str | None,
    offline: bool,
    data: Path | None,
    quiet: bool,
) -> None:
    """Say what is in IMAGE, what is wrong with it, which layer and instruction brought it, and what to do.

    \b
    IMAGE may be
      alpine:3.20, ghcr.io/me/app@sha256:…   from a registry (registry:…)
      app.tar, app.tar.gz, -                 what `docker save` wrote (docker-archive:…)
      app.oci.tar                            an OCI archive (oci-archive:…)
      layout/                                an OCI layout folder (oci:layout:tag)
      docker:app:latest                      from the Docker engine
      dir:rootfs/                            a plain folder
    """  # noqa: D301 - click's mark for text that is not wrapped
    from pratique.inspection import scan as inspection

    wanted = targets(format_, outputs, "table")
    progress = Progress(quiet)
    request = inspection.Request(
        image,
        clock(),
        data_folder(data),
        platform=platform,
        base=base,
        feeds=feeds,
        offline=offline,
        insecure=insecure,
        environ=os.environ,
        progress=progress if progress.on else None,
    )
    try:
        report = inspection.scan(request)
    finally:
        progress.close()

    def asked(finding: Finding) -> bool:
        return (not fixable or bool(finding.fixed)) and (not exploited or finding.exploited is not None)

    shown = tuple(f for f in report.findings if asked(f) and (severity is None or f.severity.word in severity))
    write(replace(report, findings=shown), wanted)
    considered = [finding for finding in report.findings if asked(finding)]
    denied = fail_on is not None and any(_as_bad(finding, fail_on) for finding in considered)
    if fail_on in SEVERITIES[1:] and (unrated := sum(finding.severity.word == "unknown" for finding in considered)) and not quiet:
        click.echo(
            f"{unrated} findings have no known severity: --fail-on {fail_on} counts only those that are exploited (--fail-on unknown counts all)",
            err=True,
        )
    unknown = (exploited or fail_on == "exploited") and not any(known.feed == "kev" and known.origin != "missing" for known in report.knowledge)
    raise click.exceptions.Exit(_code(report, denied, strict or unknown))


def _as_bad(finding: Finding, fail_on: str) -> bool:
    """Tell whether a finding denies. What is exploited and was never rated is as bad as it gets."""
    if fail_on == "exploited":
        return finding.exploited is not None
    return finding.severity >= SEVERITIES.index(fail_on) or (finding.severity == 0 and finding.exploited is not None)


def _code(report: Report, denied: bool, strict: bool) -> int:
    if denied:
        return DENIED
    return COULD_NOT_TELL if report.blind or (strict and report.gaps) else 0
