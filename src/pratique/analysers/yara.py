"""YARA rules, run by `yara-x` (the extra `malware`): https://virustotal.github.io/yara-x/docs/."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pratique.errors import InvalidInput

if TYPE_CHECKING:
    import yara_x

ENDINGS = (".yar", ".yara")
MAX_RULES = 64 << 20
"""Bytes of rules that are compiled; the largest public collections have some 20 MiB."""
TIMEOUT = 20
"""Seconds that one file may take."""
MAX_SHOWN = 100
"""Characters of a rule's name."""
OWN = Path(__file__).parents[1] / "checks" / "malware" / "rules"
"""The rules that ship with the product."""


class Match(NamedTuple):
    """One rule that a file fulfils. `severity`: what the rule's metadata says, if anything; `description` likewise."""

    rule: str
    namespace: str
    severity: str = ""
    description: str = ""


class Absent(Exception):
    """The extra `malware` is not installed."""


class Rules:
    """Compiled rules. `revision` changes with the rules and with the version of yara-x."""

    def __init__(self, compiled: yara_x.Rules, revision: str) -> None:
        self.revision = revision
        self._compiled = compiled

    def scanner(self) -> Scanner:
        """Return a scanner, for one thread."""
        return Scanner(self._compiled)


class Scanner:
    """Holds files against rules."""

    def __init__(self, compiled: yara_x.Rules) -> None:
        import yara_x

        self._scanner = yara_x.Scanner(compiled)
        self._scanner.set_timeout(TIMEOUT)
        self._faults = (yara_x.TimeoutError, yara_x.ScanError)

    def scan(self, data: bytes) -> list[Match]:
        """Return the rules that a file fulfils. Raises `ValueError` where it could not be told in time."""
        try:
            found = self._scanner.scan(data)
        except self._faults as fault:
            raise ValueError(f"YARA did not finish: {fault}") from None
        return [_match(rule) for rule in found.matching_rules]


def _match(rule: yara_x.Rule) -> Match:
    told = {str(name): value for name, value in rule.metadata}
    severity, description = told.get("severity", ""), told.get("description", "")
    return Match(
        rule.identifier[:MAX_SHOWN],
        rule.namespace[:MAX_SHOWN],
        severity.lower() if isinstance(severity, str) else "",
        description[: 2 * MAX_SHOWN] if isinstance(description, str) else "",
    )


def load(places: Sequence[str]) -> Rules:
    """Compile rules: those of files, of folders (all `.yar` and `.yara` below them), and our own where a place is `own`.

    Raises `Absent` where yara-x is not installed, `InvalidInput` for what is no rule.
    """
    try:
        import yara_x
    except ImportError:
        raise Absent from None
    from importlib.metadata import version

    compiler = yara_x.Compiler()
    digest = sha256(f"yara-x {version('yara-x')} {TIMEOUT}".encode())
    size = 0
    for place in places:
        for file in _files(place):
            try:
                source = file.read_bytes()
                size += len(source)
                if size > MAX_RULES:
                    raise InvalidInput(f"The YARA rules have more than {MAX_RULES >> 20} MiB.", "Give fewer of them.")
                digest.update(len(source).to_bytes(8, "big") + source)
                compiler.new_namespace(file.stem)
                compiler.add_source(source.decode("utf-8"), origin=str(file))
            except (OSError, UnicodeDecodeError) as fault:
                raise InvalidInput(f"The YARA rules of {file} cannot be read: {fault}", "Give a file or a folder of rules.") from None
            except yara_x.CompileError as fault:
                raise InvalidInput(f"The YARA rules of {file} are no valid rules:\n{fault}", "Correct the rules, or leave them out.") from None
    return Rules(compiler.build(), digest.hexdigest()[:32])


def _files(place: str) -> Iterator[Path]:
    root = OWN if place == "own" else Path(place)
    if root.is_file():
        yield root
        return
    if not root.is_dir():
        raise InvalidInput(f"There are no YARA rules at {place}.", "Give a file or a folder of rules, or `own` for those that ship with pratique.")
    found = sorted(path for path in root.rglob("*") if path.suffix in ENDINGS and path.is_file())
    if not found:
        raise InvalidInput(f"The folder {place} has no YARA rules ({' or '.join(ENDINGS)}).", "Give a folder that has some.")
    yield from found
