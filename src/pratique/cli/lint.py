"""`pratique lint`: what is wrong with Dockerfiles, before anything is built."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pratique.cli.options import clock, output_options, targets, write
from pratique.errors import InvalidInput

if TYPE_CHECKING:
    from pratique.inspection.dockerfiles import Written
    from pratique.inspection.lint import Linted, Request
    from pratique.model import Gap

DENIED, COULD_NOT_TELL = 1, 3
SEVERITIES = ("negligible", "low", "medium", "high", "critical")
PERSONAS = ("regular", "pedantic", "auditor")
DIFF_LINES = 200
"""Lines of a diff shown of one file."""
PASSES = 4
"""Times that fixes are made: what one mends may show another what is still crooked."""
NO_BILL = frozenset({"cyclonedx", "spdx"})
"""Formats of bills of materials: a Dockerfile has none."""


def _names(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.strip().lower() for value in values for name in value.split(",") if name.strip())


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("path", metavar="[FILE|DIR|-]", default=".")
@output_options()
@click.option("--persona", type=click.Choice(PERSONAS), default="regular", show_default=True, help="Who reads it: pedantic hears of style too.")
@click.option("--checks", multiple=True, callback=_names, metavar="LIST", help="Run only these: ids of checks, or kinds (dockerfile, secrets).")
@click.option("--ignore", multiple=True, callback=_names, metavar="ID,ALIAS", help="Do not count these: our ids, or hadolint's, BuildKit's, Trivy's.")
@click.option("--fail-on", type=click.Choice(SEVERITIES, case_sensitive=False), help="Exit with 1 where a finding is this bad or worse.")
@click.option("--strict", is_flag=True, help="Exit with 3 for every gap, also for those that leave the answer standing.")
@click.option("--context", type=click.Path(path_type=Path, file_okay=False, exists=True), help="The build context. Default: the Dockerfile's folder.")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="A .hadolint.yaml. Default: the nearest.")
@click.option("--fix", is_flag=True, help="Make the fixes that are safe, and show what was changed; else they are only shown.")
@click.option("-q", "--quiet", is_flag=True, help="Show no diff.")
def lint(
    path: str,
    format_: str | None,
    outputs: tuple[str, ...],
    persona: str,
    checks: frozenset[str],
    ignore: frozenset[str],
    fail_on: str | None,
    strict: bool,
    context: Path | None,
    config: Path | None,
    fix: bool,
    quiet: bool,
) -> None:
    """Say what is wrong with a Dockerfile, or with every one beneath a folder: Dockerfile, Dockerfile.*, *.Dockerfile, Containerfile.

    \b
    A comment above an instruction excuses it:
      # pratique ignore=pipe-to-shell the vendor's own installer, reviewed
      # hadolint ignore=DL3008                and at the file's head: # check=skip=StageNameCasing
    """  # noqa: D301 - click's mark for text that is not wrapped
    from pratique.inspection import lint as inspection
    from pratique.model import Persona, Severity

    wanted = targets(format_, outputs, "table")
    if bill := next((target.id for target, _, _ in wanted if target.id in NO_BILL), None):
        raise InvalidInput(f"{bill} is a bill of materials, and a Dockerfile has none", "ask for table, json, sarif, markdown or junit")
    request = inspection.Request(clock(), Persona[persona.upper()], ignore, checks or None, context, config)
    inspection.asked(request)
    written, gaps = _written(path, fix)
    linted = inspection.lint(written, request)
    if fix:
        linted = tuple(_fixed(one, request, quiet) for one in linted)
    report = inspection.report(path, linted, request, gaps)
    write(report, wanted)
    if not fix and not quiet and any(target.for_people and file is None for target, _, file in wanted):
        _propose(linted)
    denied = inspection.denies(linted, None if fail_on is None else Severity[fail_on.upper()])
    could_not = report.blind or (strict and bool(report.gaps))
    raise click.exceptions.Exit(DENIED if denied else COULD_NOT_TELL if could_not else 0)


def _written(path: str, fix: bool) -> tuple[list[Written], list[Gap]]:
    """Read what the path names. Raises `InvalidInput` where there is nothing to lint."""
    from pratique.inspection import dockerfiles
    from pratique.model import Gap

    if path == "-":
        if fix:
            raise InvalidInput("what came from standard input cannot be fixed in place", "name the file, or leave out --fix")
        return [dockerfiles.read_stream(sys.stdin.buffer)], []
    named = Path(path)
    if not named.exists():
        raise InvalidInput(f"{path} does not exist", "name a Dockerfile, a folder, or - for standard input")
    if not named.is_dir():
        return [dockerfiles.read(path, named)], []
    found = dockerfiles.find(named)
    written: list[Written] = []
    for name, file in found.files:
        try:
            written.append(dockerfiles.read(name, file))
        except OSError as fault:
            found.gaps.append(Gap("file-unreadable", f"{name} cannot be read: {fault.strerror}", path=name))
    if not written:
        why = f": {found.gaps[0].message}" if found.gaps else ""
        raise InvalidInput(f"no Dockerfile was found beneath {path}{why}", "their names are Dockerfile, Dockerfile.*, *.Dockerfile or Containerfile")
    return written, found.gaps


def _fixed(one: Linted, request: Request, quiet: bool) -> Linted:
    """Write a file's fixes, and judge what is left."""
    from pratique.inspection.lint import relinted

    if one.fixed == one.lines or one.written.path is None:
        return one
    if not one.written.whole:
        click.echo(f"{one.written.name} was not read whole, and is left as it is", err=True)
        return one
    done = one
    for _ in range(PASSES):
        if done.fixed == done.lines:
            break
        done = relinted(done, request)
    data = one.written.data
    end = b"\r\n" if b"\r\n" in data else b"\n"
    text = end.join(line.encode("utf-8", "surrogateescape") for line in done.lines)
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    _replace(one.written.path.resolve(), mark + text + (end if data.endswith(b"\n") else b""))
    if not quiet:
        _show((replace(one, fixed=done.lines),), err=True)
    return done


def _replace(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; it keeps its mode."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(data)
        partial.chmod(path.stat().st_mode & 0o7777)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _propose(linted: Sequence[Linted]) -> None:
    changed = [one for one in linted if one.fixed != one.lines]
    if changed:
        click.echo(f"Safe fixes, which --fix makes ({len(changed)} {'file' if len(changed) == 1 else 'files'}):\n")
        _show(changed)


def _show(linted: Sequence[Linted], err: bool = False) -> None:
    """Print what the fixes change as a unified diff. What could steer the terminal is escaped."""
    from pratique.cli.main import printable
    from pratique.dockerfile.edit import diff

    for one in linted:
        lines = diff(one.lines, one.fixed, one.written.name).splitlines()
        for line in lines[:DIFF_LINES]:
            click.echo(printable(line), err=err)
        if len(lines) > DIFF_LINES:
            click.echo(f"… and {len(lines) - DIFF_LINES} more lines", err=err)
