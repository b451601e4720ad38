"""`pratique scan`: the main job."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pratique.cli.options import Progress, clock, data_folder, data_options, image_options, output_options, targets, write

if TYPE_CHECKING:
    from pratique.inspection.analysing import Orders
    from pratique.model import Finding, Kind, Report

DENIED, COULD_NOT_TELL = 1, 3
SEVERITIES = ("unknown", "negligible", "low", "medium", "high", "critical")


def _severities(_: click.Context, __: click.Parameter, value: str | None) -> frozenset[str] | None:
    if value is None:
        return None
    words = frozenset(word.strip().lower() for word in value.split(",") if word.strip())
    if not words or words - set(SEVERITIES):
        raise click.BadParameter(f"a list of {', '.join(SEVERITIES)}")
    return words


CHECKS = {
    "vulnerabilities": "vulnerability",
    "secrets": "secret",
    "hardening": "hardening",
    "malware": "malware",
    "code": "code",
}
"""What `--checks` chooses from, and the kind each stands for."""


def _kinds(_: click.Context, __: click.Parameter, value: str | None) -> frozenset[Kind] | None:
    if value is None:
        return None
    from pratique.model import Kind

    words = frozenset(word.strip().lower() for word in value.split(",") if word.strip())
    if not words or words - set(CHECKS):
        raise click.BadParameter(f"a list of {', '.join(CHECKS)}")
    return frozenset(Kind(CHECKS[word]) for word in words)


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
@click.option("--checks", metavar="LIST", callback=_kinds, help=f"Run only these: {', '.join(CHECKS)}.")
@click.option("--ignore", metavar="LIST", default="", help="Rules to set aside, by any of their names: CVE-2024-1,user-root,DL3002.")
@click.option("--list", "listed", type=click.Choice(["executables"]), help="List every file that could be started, with the package that brought it.")
@click.option(
    "--persona",
    type=click.Choice(["regular", "pedantic", "auditor"]),
    default="regular",
    help="Who wants to hear it: pedantic and auditor hear more.",
)
@click.option(
    "--yara",
    "yara",
    multiple=True,
    metavar="FILE|DIR|own",
    help="Hold every file against YARA rules too, may be given several times; `own` are those of pratique. Needs the extra `malware`.",
)
@click.option("--clamd", metavar="SOCKET", help="Have ClamAV look at every file too: the socket of its daemon, or tcp:HOST:PORT.")
@click.option(
    "--indicators",
    multiple=True,
    metavar="FILE",
    help="Hosts that no program should name, may be given several times: a list, CSV or STIX 2. Endpoints named by programs are listed in json.",
)
@click.option(
    "--analyser",
    "analysers",
    multiple=True,
    metavar="NAME[=PROGRAM]",
    help="Have bandit or semgrep analyse the application's code too: a list, or given several times. They run confined, without network.",
)
@click.option("--semgrep-rules", type=click.Path(path_type=Path), metavar="FILE", help="The local rules of semgrep.")
@click.option("--sarif", "sarifs", type=click.Path(path_type=Path), multiple=True, metavar="FILE", help="Join what another tool found: SARIF 2.1.0.")
@click.option("--sonarqube", "sonarqubes", type=click.Path(path_type=Path), multiple=True, metavar="FILE", help="Join issues of SonarQube's API.")
@click.option("--snyk", "snyks", type=click.Path(path_type=Path), multiple=True, metavar="FILE", help="Join what `snyk test --json` found.")
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
    listed: str | None,
    persona: str,
    checks: frozenset[Kind] | None,
    ignore: str,
    yara: tuple[str, ...],
    clamd: str | None,
    indicators: tuple[str, ...],
    analysers: tuple[str, ...],
    semgrep_rules: Path | None,
    sarifs: tuple[Path, ...],
    sonarqubes: tuple[Path, ...],
    snyks: tuple[Path, ...],
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
    from pratique.model import Persona

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
        yara=yara,
        clamd=clamd,
        indicators=indicators,
        persona=Persona[persona.upper()],
        kinds=checks,
        ignore=frozenset(word.strip() for word in ignore.split(",") if word.strip()),
        orders=_orders(analysers, semgrep_rules, sarifs, sonarqubes, snyks),
    )
    try:
        report = inspection.scan(request)
    finally:
        progress.close()

    def asked(finding: Finding) -> bool:
        return (not fixable or bool(finding.fixed)) and (not exploited or finding.exploited is not None)

    shown = tuple(f for f in report.findings if asked(f) and (severity is None or f.severity.word in severity))
    write(replace(report, findings=shown), wanted, executables=listed == "executables")
    considered = [finding for finding in report.findings if asked(finding)]
    denied = fail_on is not None and any(_as_bad(finding, fail_on) for finding in considered)
    if fail_on in SEVERITIES[1:] and (unrated := sum(finding.severity.word == "unknown" for finding in considered)) and not quiet:
        click.echo(
            f"{unrated} findings have no known severity: --fail-on {fail_on} counts only those that are exploited (--fail-on unknown counts all)",
            err=True,
        )
    unknown = (exploited or fail_on == "exploited") and not any(known.feed == "kev" and known.origin != "missing" for known in report.knowledge)
    raise click.exceptions.Exit(_code(report, denied, strict or unknown))


def _orders(analysers: tuple[str, ...], rules: Path | None, *files: tuple[Path, ...]) -> Orders | None:
    if not (analysers or rules or any(files)):
        return None
    from pratique.inspection.analysing import orders

    return orders([word.strip() for listed in analysers for word in listed.split(",") if word.strip()], rules, *files)


def _as_bad(finding: Finding, fail_on: str) -> bool:
    """Tell whether a finding denies. What is exploited and was never rated is as bad as it gets."""
    if fail_on == "exploited":
        return finding.exploited is not None
    return finding.severity >= SEVERITIES.index(fail_on) or (finding.severity == 0 and finding.exploited is not None)


def _code(report: Report, denied: bool, strict: bool) -> int:
    if denied:
        return DENIED
    return COULD_NOT_TELL if report.blind or (strict and report.gaps) else 0
