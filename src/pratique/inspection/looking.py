"""What a user asks to have looked for besides the checks: YARA rules, ClamAV's signatures, hosts of indicator lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pratique.analysers.clamd import MAX_STREAM, TIMEOUT, Clamd, Upload
from pratique.catalog import endpoints
from pratique.catalog.observer import MIB, Fact, Member, Observer, Sweep
from pratique.errors import InvalidInput
from pratique.formats import indicators
from pratique.model import Gap, Inventory, Mark, Severity

if TYPE_CHECKING:
    from pratique.analysers.yara import Rules, Scanner

MAX_HELD = 64 * MIB
"""Bytes of a file that YARA is given: rules see a file as a whole. Of larger ones it sees the first so many, which is said."""
MAX_LIST = 256 * MIB
"""Bytes of one list of indicators."""
YARA, CLAMAV, INDICATOR = "yara-rule", "clamav-signature", "known-indicator"
SEVERITIES = {severity.word: severity for severity in Severity}


class YaraSweep(Sweep):
    """Holds every file against YARA rules."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._facts: list[Fact] = []
        self._path, self._data, self._cut = "", bytearray(), False

    def begin(self, member: Member) -> None:
        """As of `Sweep`."""
        self._path, self._cut = member.path, False
        self._data = bytearray()

    def feed(self, block: bytes | memoryview) -> None:
        """As of `Sweep`."""
        room = MAX_HELD - len(self._data)
        self._cut = self._cut or len(block) > room
        self._data += block[:room]

    def end(self) -> None:
        """As of `Sweep`."""
        try:
            for match in self._scanner.scan(bytes(self._data)):
                told = f": {match.description}" if match.description else ""
                self._facts.append(
                    Mark(YARA, self._path, f"the rule {match.rule} ({match.namespace}){told}", severity=SEVERITIES.get(match.severity))
                )
        except ValueError as fault:
            self._facts.append(Gap("yara-unfinished", str(fault), path=self._path, remedy="Look at the file with other means, or at the rules."))
        if self._cut:
            message = f"YARA was given the first {MAX_HELD // MIB} MiB of this file"
            self._facts.append(Gap("limit-exceeded", message, path=self._path, remedy="Look at the rest of the file by other means."))
        self._data = bytearray()

    def close(self) -> Iterator[Fact]:
        """As of `Sweep`."""
        return iter(self._facts)


class ClamdSweep(Sweep):
    """Sends every file to clamd."""

    def __init__(self, clamd: Clamd) -> None:
        self._clamd = clamd
        self._facts: list[Fact] = []
        self._upload: Upload | None = None
        self._path = ""

    def begin(self, member: Member) -> None:
        """As of `Sweep`."""
        self._path = member.path
        self._upload = self._clamd.scan()

    def feed(self, block: bytes | memoryview) -> None:
        """As of `Sweep`."""
        if self._upload is not None:
            self._upload.feed(block)

    def end(self) -> None:
        """As of `Sweep`."""
        upload, self._upload = self._upload, None
        if upload is None:
            return
        try:
            if signature := upload.finish():
                self._facts.append(Mark(CLAMAV, self._path, f"ClamAV finds {signature[:200]}"))
        except ValueError as fault:
            self._facts.append(Gap("clamd-untold", str(fault), path=self._path, remedy="Look at clamd's log; scan again."))
        if upload.cut:
            message = f"ClamAV was given the first {MAX_STREAM // MIB} MiB of this file"
            self._facts.append(Gap("limit-exceeded", message, blind=False, path=self._path, remedy="Look at the rest of the file by other means."))

    def close(self) -> Iterator[Fact]:
        """As of `Sweep`."""
        return iter(self._facts)


def observers(yara: Sequence[str], clamd: str | None, hosts: bool) -> tuple[tuple[Observer, ...], tuple[Gap, ...]]:
    """Return the observers for what was asked, and a Gap for what cannot be done here.

    Raises `InvalidInput` for rules that are none, `Unreachable` where clamd does not answer.
    """
    found: list[Observer] = []
    gaps: list[Gap] = []
    if yara:
        from pratique.analysers.yara import Absent, load

        try:
            found.append(_yara(load(yara)))
        except Absent:
            message = "YARA rules were asked for, but yara-x is not installed: no file was held against them"
            gaps.append(Gap("yara-absent", message, blind=False, remedy="Install it: pip install 'pratique[malware]'."))
    if clamd:
        daemon = Clamd(clamd)
        revision = f"{daemon.version()} {MAX_STREAM} {TIMEOUT}"
        found.append(Observer(CLAMAV, revision, (), sweep=lambda: ClamdSweep(daemon)))
    if hosts:
        found.append(endpoints.OBSERVER)
    return tuple(found), tuple(gaps)


def _yara(rules: Rules) -> Observer:
    return Observer(YARA, f"{rules.revision} {MAX_HELD}", (), sweep=lambda: YaraSweep(rules.scanner()))


def indicated(inventory: Inventory, lists: Iterable[str]) -> Iterator[Mark]:
    """Yield the endpoints of an inventory that a list names: the host itself, a host below it, or the whole URL. Raises `InvalidInput`."""
    hosts: dict[str, str] = {}
    paths: dict[str, str] = {}
    for name in lists:
        try:
            file = Path(name)
            if file.stat().st_size > MAX_LIST:
                raise ValueError(f"it has more than {MAX_LIST // MIB} MiB")
            for one in indicators.read(file.read_bytes()):
                if one.path:
                    paths.setdefault(endpoints.hashed(one.host, one.path), file.name)
                else:
                    hosts.setdefault(one.host, file.name)
        except (OSError, ValueError) as fault:
            raise InvalidInput(
                f"The list of indicators {name} cannot be read: {fault}", "Give one host, address or URL a line, CSV, or STIX 2."
            ) from None
    for mark in inventory.marks:
        if mark.rule != endpoints.RULE:
            continue
        host = endpoints.host_of(mark.message)
        where = paths.get(mark.secret) if mark.secret else None
        while where is None and host:
            where = hosts.get(host)
            host = host.partition(".")[2] if not host.replace(".", "").isdecimal() else ""
        if where is not None:
            message = f"it names {mark.message}, which {where} lists"
            yield Mark(INDICATOR, mark.path, message, mark.line, origin=mark.origin)
