"""A lint: Dockerfiles, checks, pragmas and an organisation's decisions, joined into a report like that of a scan."""

from __future__ import annotations

import gc
import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path

from pratique.checks.check import DockerfileCheck, Hit
from pratique.dockerfile.build import Build, Context
from pratique.dockerfile.edit import Edit, apply
from pratique.dockerfile.evaluate import evaluate
from pratique.dockerfile.hadolint import MAX_BYTES, Configuration
from pratique.dockerfile.hadolint import parse as parse_configuration
from pratique.dockerfile.parse import KEYWORDS, decode, parse
from pratique.dockerfile.pragma import Pragma, pragmas
from pratique.dockerfile.syntax import Dockerfile, Instruction
from pratique.errors import InvalidInput
from pratique.image import redact
from pratique.inspection import dockerfiles
from pratique.inspection.dockerfiles import Written
from pratique.leaves import leaves
from pratique.model import Config, Digests, Finding, Gap, Image, Inventory, Origin, Persona, Platform, Report, Severity, Suppressed, Zone

SOURCE = "dockerfile"
"""The source of the pseudo image that a lint's report is about: it has no layers, and its digest is that of the files."""
MAX_SUBJECT = 160
"""Characters of an instruction that name it in a finding."""
MAX_HITS = 1_000
"""Findings of one check in one file; a hundred thousand instructions need not be a hundred thousand findings."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a lint."""

    now: datetime
    persona: Persona = Persona.REGULAR
    ignored: frozenset[str] = frozenset()
    """Ids and aliases that are not counted, lower-case."""
    chosen: frozenset[str] | None = None
    """Ids or kinds of checks to run; None: all."""
    context: Path | None = None
    """The build context; None: the folder that the Dockerfile lies in."""
    config: Path | None = None
    """A `.hadolint.yaml`; None: the nearest."""


@dataclass(frozen=True, slots=True)
class Linted:
    """What is said of one file."""

    written: Written
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    gaps: tuple[Gap, ...]
    lines: tuple[str, ...]
    """As they are."""
    fixed: tuple[str, ...]
    """As they would be with every safe fix made."""
    configuration: Configuration = field(default_factory=Configuration)


@cache
def dockerfile_checks() -> tuple[DockerfileCheck, ...]:
    """Return every check of Dockerfiles."""
    return tuple(leaves("pratique.checks.dockerfile", DockerfileCheck))


def asked(request: Request) -> tuple[DockerfileCheck, ...]:
    """Return the checks that a request asks for. Raises `InvalidInput` for a name that is none."""
    every = dockerfile_checks()
    if request.chosen is not None:
        known = {name for check in every for name in (check.id, check.kind.value)} | {"secrets"}
        if unknown := request.chosen - known:
            raise InvalidInput(f"there is no check {min(unknown)!r} of Dockerfiles", "docs/checks lists them; a kind is dockerfile or secret")
        chosen = request.chosen | ({"secret"} if "secrets" in request.chosen else set())
        every = tuple(check for check in every if check.id in chosen or check.kind.value in chosen)
    return tuple(check for check in every if check.persona <= request.persona)


def lint(written: Sequence[Written], request: Request) -> tuple[Linted, ...]:
    """Judge Dockerfiles. Raises `InvalidInput` where nothing that was given is one."""
    checks = asked(request)
    contexts: dict[Path, Context] = {}
    collecting = gc.isenabled()
    gc.disable()  # a parsed file is a tree of a million small values without cycles: looking for some takes longer than parsing
    try:
        done = tuple(_linted(one, checks, request, contexts) for one in written)
    finally:
        if collecting:
            gc.enable()
    if done and all(any(gap.id == "no-dockerfile" for gap in one.gaps) for one in done):
        named = done[0].written.name
        raise InvalidInput(f"{'standard input' if named == '-' else named} is no Dockerfile: no instruction in it is known", "check the path")
    return done


def report(reference: str, linted: Sequence[Linted], request: Request, gaps: Iterable[Gap] = ()) -> Report:
    """Join what was said of each file."""
    from pratique.matching.urgency import urgency

    digest = hashlib.sha256()
    for one in linted:
        digest.update(f"{one.written.name}\0{len(one.written.data)}\0".encode("utf-8", "surrogateescape"))
        digest.update(one.written.data)
    image = Image(reference, Digests(f"sha256:{digest.hexdigest()}"), Platform(), (), Config(), SOURCE)
    findings = [finding for one in linted for finding in one.findings]
    every = (*gaps, *(gap for one in linted for gap in one.gaps))
    return Report(
        Inventory(image, ()),
        tuple(sorted(findings, key=lambda finding: (urgency(finding), finding.path or "", finding.line or 0))),
        suppressed=tuple(suppressed for one in linted for suppressed in one.suppressed),
        gaps=tuple(dict.fromkeys(every)),
        created=request.now,
        checks=tuple(sorted(check.id for check in asked(request))),
    )


# -------------------------------------------------------------------------------------------------------------- one file


def _linted(written: Written, checks: Sequence[DockerfileCheck], request: Request, contexts: dict[Path, Context]) -> Linted:
    dockerfile = parse(decode(written.data))
    configuration, gaps = _configuration(written, request)
    if not any(instruction.keyword in KEYWORDS for instruction in dockerfile.instructions):
        gap = Gap("no-dockerfile", f"{written.name} is no Dockerfile: no instruction in it is known", path=written.name)
        return Linted(written, (), (), (*gaps, gap), dockerfile.lines, dockerfile.lines, configuration)
    context, more = _context(dockerfile, written, request, contexts)
    build = evaluate(dockerfile, context, configuration.rules)
    gaps += (*more, *_gaps(build, written))
    findings: list[Finding] = []
    suppressed: list[Suppressed] = []
    edits: list[Edit] = []
    excused = _Excused(pragmas(dockerfile) if configuration.pragmas else (), configuration, request)
    instructions = _Instructions(dockerfile)
    for check in checks:
        names = (check.id, *check.aliases)
        allowed: set[int] = set()
        for number, hit in enumerate(check.run(build)):
            if number >= MAX_HITS:
                message = f"{check.id} objects more than {MAX_HITS} times: the rest is not listed"
                gaps += (Gap("too-many-findings", message, path=written.name),)
                break
            instruction = instructions.at(hit.line or 1)
            finding = _finding(check, hit, instruction, written.name, configuration)
            reason = excused.reason(names, hit.line or 1)
            if reason is None:
                findings.append(finding)
                allowed.add(id(instruction))
            else:
                suppressed.append(Suppressed(finding, reason))
        if check.fix is not None and allowed:
            edits += (edit for edit in check.fix(build) if id(instructions.at(edit.span.start.line)) in allowed)
    fixed = apply(dockerfile.lines, edits)
    return Linted(written, tuple(findings), tuple(suppressed), gaps, dockerfile.lines, fixed, configuration)


def _finding(check: DockerfileCheck, hit: Hit, instruction: Instruction | None, name: str, configuration: Configuration) -> Finding:
    said = "" if instruction is None else _said(instruction)
    severity = check.severity if hit.severity is None else hit.severity
    for rule in (check.id, *check.aliases):
        severity = configuration.severities.get(rule.lower(), severity)
    return Finding(
        rule=check.id,
        kind=check.kind,
        subject=f"{name}: {hit.subject or said or 'the file'}",
        severity=severity,
        message=redact.text(hit.message),
        aliases=check.aliases,
        severity_source="pratique",
        confidence=check.confidence,
        remedy=check.remedy,
        origin=Origin(instruction=said or None),
        zone=_zone(instruction),
        path=name,
        line=hit.line,
        secret=hit.secret,
    )


def _said(instruction: Instruction) -> str:
    """Return an instruction on one line, its secrets hidden: what names it in reports and waivers, whatever line it stands on."""
    flags = "".join(f"--{flag.name}{'' if flag.value is None else f'={flag.value}'} " for flag in instruction.flags)
    text = " ".join(f"{instruction.keyword} {flags}{instruction.text.value[: MAX_SUBJECT * 4]}".split())
    hidden = redact.text(text)
    return hidden if len(hidden) <= MAX_SUBJECT else f"{hidden[: MAX_SUBJECT - 1]}…"


def _zone(instruction: Instruction | None) -> Zone:
    if instruction is None:
        return Zone.UNKNOWN
    if instruction.keyword == "FROM":
        return Zone.BASE
    return Zone.APP if instruction.keyword in {"COPY", "ADD"} and instruction.flag("from") is None else Zone.MIDDLE


class _Instructions:
    """Finds the instruction that a line belongs to."""

    def __init__(self, dockerfile: Dockerfile) -> None:
        self._all = list(dockerfile.instructions)
        self._lines = [instruction.line for instruction in self._all]

    def at(self, line: int) -> Instruction | None:
        index = bisect_right(self._lines, line) - 1
        if index < 0 or self._all[index].span.end.line < line:
            return None
        return self._all[index]


class _Excused:
    """Says why an objection is not counted."""

    def __init__(self, found: Sequence[Pragma], configuration: Configuration, request: Request) -> None:
        self._pragmas = found
        self._configuration = configuration
        self._request = request

    def reason(self, names: Sequence[str], line: int) -> str | None:
        lower = [name.lower() for name in names]
        if any(name in self._request.ignored for name in lower):
            return "ignored by --ignore"
        for pragma in self._pragmas:
            if pragma.covers(names, line):
                why = f": {redact.text(pragma.reason[:MAX_SUBJECT])}" if pragma.reason and not pragma.reason.startswith("#") else ""
                return f"ignored by the comment on line {pragma.line}{why}"
        if any(name in self._configuration.ignored for name in lower):
            return "ignored by .hadolint.yaml"
        return None


# ------------------------------------------------------------------------------------------------------------- around it


def _gaps(build: Build, written: Written) -> Iterator[Gap]:
    """Say what of a file was not read or followed."""
    if not written.whole:
        yield Gap("file-too-long", f"{written.name} is longer than {dockerfiles.MAX_SIZE >> 20} MiB: the rest was not read", path=written.name)
    for fault in (*build.dockerfile.faults, *build.faults):
        if fault.blind:
            yield Gap(fault.id, f"{written.name}:{fault.span.start.line}: {fault.message}", path=written.name)
    running = build.dockerfile.each("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")
    for instruction in islice((one for one in running if one.script.cut), MAX_HITS):
        yield Gap("script-cut", f"{written.name}:{instruction.line}: {instruction.script.cut}", path=written.name)
    if build.context is not None:
        yield from (Gap("dockerignore", fault, path=written.name) for fault in build.context.ignore.faults[:10])
        if not build.context.whole:
            message = f"not every file beside {written.name} was listed: checks of what COPY takes may miss some"
            yield Gap("context-cut", message, blind=False, path=written.name)


def _context(dockerfile: Dockerfile, written: Written, request: Request, contexts: dict[Path, Context]) -> tuple[Context | None, tuple[Gap, ...]]:
    """List the build context, where anything is copied from it."""
    folder = request.context or (written.path.parent if written.path is not None else None)
    if not any(instruction.flag("from") is None for instruction in dockerfile.each("COPY", "ADD")):
        return None, ()
    if folder is None:
        message = "its build context is not known: what COPY and ADD take from it was not looked at"
        return None, (Gap("context-unknown", message, blind=False, path=written.name, remedy="name the folder: --context"),)
    own = written.path is not None and written.path.with_name(f"{written.path.name}.dockerignore").exists()
    if own or folder not in contexts:
        made = dockerfiles.context(folder, written.path)
        if own:
            return made, ()
        contexts[folder] = made
    return contexts[folder], ()


def _configuration(written: Written, request: Request) -> tuple[Configuration, tuple[Gap, ...]]:
    """Read the `.hadolint.yaml` that was named or is nearest. Raises `InvalidInput` where the one that was named cannot be read."""
    if request.config is not None:
        text = dockerfiles.small(request.config, MAX_BYTES)
        if text is None:
            raise InvalidInput(f"{request.config} cannot be read", "check the path of --config")
        path = request.config
    else:
        found = dockerfiles.configuration(written.path.parent if written.path is not None else Path())
        if found is None:
            return Configuration(), ()
        path, text = found
    configuration = parse_configuration(text)
    gaps = tuple(
        Gap("configuration", f"{path.name}: {fault}", blind=False, path=str(path), remedy="mend it there") for fault in configuration.faults[:10]
    )
    return configuration, gaps


def relinted(one: Linted, request: Request) -> Linted:
    """Judge a file again as it is with its fixes made."""
    text = "\n".join(one.fixed) + ("\n" if one.written.data.endswith(b"\n") else "")
    data = text.encode("utf-8", "surrogateescape")
    return _linted(replace(one.written, data=data), asked(request), request, {})


def denies(linted: Sequence[Linted], fail_on: Severity | None) -> bool:
    """Tell whether a finding is as bad as what was asked for; where nothing was, as the `.hadolint.yaml` says."""
    for one in linted:
        said = one.configuration
        threshold = fail_on if fail_on is not None else None if said.never_fails else said.threshold
        if threshold is not None and any(finding.severity >= threshold for finding in one.findings):
            return True
    return False
