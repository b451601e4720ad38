"""Have external analysers look at the application's code, read what other tools found, and join both to what our own checks say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pratique.analysers import bandit, sarif, semgrep, snyk, sonarqube
from pratique.analysers.result import MAX_SIZE, Result
from pratique.analysers.sandbox import Limits, Scratch, found
from pratique.catalog.code import is_test, own
from pratique.catalog.contents import OPAQUE, WHITEOUT
from pratique.catalog.observe import Body
from pratique.errors import InvalidInput
from pratique.formats.code.read import language_of
from pratique.formats.tar import Header, Tar, TarFault
from pratique.image.source import Source
from pratique.model import Confidence, Finding, Gap, Image, Kind, Origin, Suppressed

ANALYSERS = ("bandit", "semgrep")
"""The analysers that are run on code, by the names of `--analyser`."""
MAX_SOURCE = 1 << 20
"""Bytes of a source file that an analyser is given."""
_SYSTEM = ("usr/bin/", "usr/sbin/", "usr/lib/", "usr/lib64/", "usr/libexec/", "usr/include/", "usr/share/", "bin/", "sbin/", "lib/", "etc/")
"""Folders of the distribution (FHS 3.0): what lies there is not handed out."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What is to be run and read. `programs`: by the analyser's name, the program; results are parsed before anything is scanned."""

    programs: Mapping[str, str] = field(default_factory=dict)
    rules: Path | None = None
    results: tuple[Result, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def __bool__(self) -> bool:
        return bool(self.programs or self.results)


@dataclass(slots=True)
class Analysis:
    """What came of it: findings without zones, and gaps."""

    findings: list[Finding] = field(default_factory=list)
    suppressed: list[Suppressed] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


def orders(
    analysers: Iterable[str], rules: Path | None, sarifs: Sequence[Path] = (), sonarqubes: Sequence[Path] = (), snyks: Sequence[Path] = ()
) -> Orders:
    """Return the orders of names and files. `bandit=/opt/bandit` names the program. Raises `InvalidInput`."""
    programs: dict[str, str] = {}
    for word in analysers:
        name, _, given = word.partition("=")
        if name not in ANALYSERS:
            raise InvalidInput(f"There is no analyser {name!r}.", f"The analysers are {', '.join(ANALYSERS)}; others by their results: --sarif FILE.")
        program = found(name, given or None)
        if program is None:
            raise InvalidInput(f"{given or name} was not found.", f"Install {name}, or name the program: --analyser {name}=/path/to/{name}.")
        programs[name] = str(Path(program).absolute())
    if ("semgrep" in programs) != (rules is not None):
        raise InvalidInput("semgrep is run with local rules only.", "Give both: --analyser semgrep --semgrep-rules FILE.")
    if rules is not None and not rules.is_file():
        raise InvalidInput(f"{rules} is no file.", "Name a local file of Semgrep rules.")
    results: list[Result] = []
    for paths, parse in ((sarifs, sarif.parse), (sonarqubes, sonarqube.parse), (snyks, snyk.parse)):
        for path in paths:
            results += parse(_bytes(path), str(path))
    return Orders(programs, rules, tuple(results))


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_SIZE + 1)
    except OSError as fault:
        raise InvalidInput(f"{path} cannot be read: {fault.strerror}.", "Check the path and its permissions.") from None


def analyse(orders: Orders, source: Source) -> Analysis:
    """Carry out orders on an opened image or folder."""
    analysis = Analysis()
    image = source.image
    if orders.results:
        names = {result.path.rpartition("/")[2] for result in orders.results if result.path}
        layers = {path: layer for path, (layer, _) in _collect(source, lambda path, _: path.rpartition("/")[2] in names, content=False).items()}
        places = _Places(layers)
        for result in orders.results:
            _place(analysis, image, result, places.find(result.path), layers)
    if orders.programs:
        files = _collect(source, lambda path, size: bool(language_of(path)) and size <= MAX_SOURCE and _given(path), content=True)
        layers = {path: layer for path, (layer, _) in files.items()}
        for name, program in orders.programs.items():
            _run(name, program, orders, files, layers, image, analysis)
    return analysis


def _given(path: str) -> bool:
    return own(path) and not path.startswith(_SYSTEM)


def _run(
    name: str, program: str, orders: Orders, files: Mapping[str, tuple[int, bytes]], layers: Mapping[str, int], image: Image, analysis: Analysis
) -> None:
    with Scratch() as scratch:
        for path, (_, data) in files.items():
            if name != bandit.ID or language_of(path) == "python":
                scratch.add(path, data)
        if not scratch.paths:
            return
        if scratch.full:
            analysis.gaps.append(Gap("limit-exceeded", f"the application has more code than {name} is given; the rest was not analysed"))
        if name == bandit.ID:
            results, gaps = bandit.analyse(program, scratch, orders.limits)
        else:
            assert orders.rules is not None
            results, gaps = semgrep.analyse(program, scratch, orders.rules, orders.limits)
        analysis.gaps += gaps
        for result in results:
            _place(analysis, image, result, scratch.path(result.path), layers)


def _place(analysis: Analysis, image: Image, result: Result, path: str | None, layers: Mapping[str, int]) -> None:
    where = path or result.path or None
    origin = Origin()
    if path is not None and (index := layers[path]) < len(image.layers):
        layer = image.layers[index]
        origin = Origin(index, layer.diff_id, layer.instruction)
    finding = Finding(
        rule=result.rule,
        kind=Kind.CODE,
        subject=where or result.rule,
        severity=result.severity,
        message=result.message,
        aliases=result.weaknesses,
        severity_source=result.rule.partition(":")[0],
        confidence=Confidence.LOW if where is not None and is_test(where) else result.confidence,
        remedy=result.remedy,
        origin=origin,
        path=where,
        line=result.line,
        note="" if path is not None or not result.path else "no single file of the image is the one that is named: its layer is not known",
    )
    reason = result.suppressed or ("" if path is None or own(path) else "the code is a dependency's, not the application's")
    if reason:
        analysis.suppressed.append(Suppressed(finding, reason))
    else:
        analysis.findings.append(finding)


class _Places:
    """Finds the file of an image that a tool named elsewhere: `src/app.py` is `srv/shop/src/app.py`, if no other file ends so."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: dict[str, list[str]] = {}
        for path in paths:
            self._by_name.setdefault(path.rpartition("/")[2], []).append(path)

    def find(self, said: str) -> str | None:
        """Return the one path that ends as what was said does, or that what was said ends as (`/build/src/app.py` is `src/app.py`)."""
        candidates = self._by_name.get(said.rpartition("/")[2], [])
        if said in candidates:
            return said
        longer = [path for path in candidates if path.endswith(f"/{said}")]
        if longer:
            return longer[0] if len(longer) == 1 else None
        shared = sorted(((_shared(path, said), path) for path in candidates), reverse=True)
        if not shared or shared[0][0] < 2 or (len(shared) > 1 and shared[1][0] == shared[0][0]):
            return None
        return shared[0][1]


def _shared(one: str, other: str) -> int:
    """Return how many parts two paths share, from their ends."""
    count = 0
    for a, b in zip(reversed(one.split("/")), reversed(other.split("/")), strict=False):
        if a != b:
            break
        count += 1
    return count


def _collect(source: Source, wanted: Callable[[str, int], bool], *, content: bool) -> dict[str, tuple[int, bytes]]:
    """Return the visible files that are wanted, by path: the layer that wrote each, and its bytes where they are asked for."""
    files: dict[str, tuple[int, bytes]] = {}
    for layer in source.image.layers:
        here: dict[str, tuple[int, bytes]] = {}
        gone: set[str] = set()
        for header, body in _members(source, layer.index):
            path = header.path
            folder, _, name = path.rpartition("/")
            if name == OPAQUE:
                gone.add(f"{folder}/" if folder else "")
            elif name.startswith(WHITEOUT):
                gone.add(f"{folder}/{name[len(WHITEOUT) :]}" if folder else name[len(WHITEOUT) :])
            elif header.type != "f":
                if header.type != "d":
                    here.pop(path, None)
                    gone.add(path)  # a link or device in its place
            elif wanted(path, header.size):
                here[path] = layer.index, b"".join(bytes(chunk) for chunk in body.chunks()) if content else b""
        if gone:
            files = {path: kept for path, kept in files.items() if not _hidden(path, gone)}
        files.update(here)
    return files


def _hidden(path: str, gone: set[str]) -> bool:
    if path in gone or "" in gone:
        return True
    at = path.find("/")
    while at >= 0:
        if path[:at] in gone or path[: at + 1] in gone:
            return True
        at = path.find("/", at + 1)
    return False


def _members(source: Source, index: int) -> Iterator[tuple[Header, Body]]:
    if source.folder is not None:
        from pratique.image.tree import walk

        yield from walk(source.folder, lambda *_: None)
        return
    tar = Tar(source.blocks(index))
    try:
        for header in tar:
            yield header, tar
    except TarFault:
        return  # told by the pass


def joined(findings: Iterable[Finding], analysis: Analysis) -> list[Finding]:
    """Return all findings, each flaw once: what an analyser says of a line of which we say the same (by CWE or rule) becomes a name of ours."""
    ours: dict[tuple[str, int, str], int] = {}
    every = list(findings)
    for at, finding in enumerate(every):
        if finding.kind is Kind.CODE and finding.path and finding.line:
            for name in finding.aliases:
                ours.setdefault((finding.path, finding.line, name), at)
    for finding in analysis.findings:
        names = (*finding.aliases, finding.rule.partition(":")[2])
        same = next((ours[key] for name in names if (key := (finding.path or "", finding.line or 0, name)) in ours), None)
        if same is None:
            every.append(finding)
        elif finding.rule not in every[same].aliases:
            every[same] = replace(every[same], aliases=(*every[same].aliases, finding.rule))
    return every
