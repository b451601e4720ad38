"""The security database of apk repositories (`secdb`): which package version fixed which flaw. Alpine, Wolfi and Chainguard publish it. Pure.

`{"packages": [{"pkg": {"name": …, "secfixes": {version: [ids]}}}]}`; the version `0` means: never affected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

_CVE = re.compile(r"\bCVE[- ](\d{4}-\d{4,})")
_GHSA = re.compile(r"\bGHSA(?:-[0-9a-z]{4}){3}\b")
_OTHER = re.compile(r"\b[A-Z][A-Z0-9]{1,}(?:-?\d[\w.-]*|-[A-Z0-9][\w.-]*\d[\w.-]*)")
"""Ids of other publishers: XSA-207, TALOS-2017-0488, ZDI-CAN-22300, VSV00019, ALPINE-13661, DW202402-001."""


class _Package(msgspec.Struct):
    name: str
    secfixes: dict[str, list[str] | None] | None = None


class _Entry(msgspec.Struct):
    pkg: _Package


class Secdb(msgspec.Struct):
    """The document. Entries stay raw, so that one bad package does not lose the others."""

    packages: list[msgspec.Raw] | None


class Fix(NamedTuple):
    """One flaw that a version of a package fixed."""

    package: str
    version: str
    id: str
    aliases: tuple[str, ...]
    note: str


def fixes(raw: msgspec.Raw) -> Iterator[Fix]:
    """Yield the fixes of one entry of `packages`. Raises `ValueError` where it is none."""
    try:
        package = msgspec.json.decode(raw, type=_Entry).pkg
    except RecursionError:
        raise ValueError("JSON nested too deep") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None
    for version, entries in (package.secfixes or {}).items():
        for entry in entries or ():
            for name, aliases, note in names(entry):
                yield Fix(package.name, version, name, aliases, note)


def names(entry: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield id, aliases and note of each flaw that an entry names.

    Entries are written by hand: `CVE-2018-14466 (AFS/RX)`, `CVE-2016-9378 XSA-196`, `CVE-2020-11740 CVE-2020-11741 XSA-313`,
    `CVE-2026-48785 / GHSA-cr2j-534f-mf3g`, `CVE 2025-48379`, `CVE-????-????? XSA-312`, `CVE-2021-35940.patch`.
    Several CVEs are several flaws. A GHSA beside one CVE is the same flaw; a bulletin (XSA, TALOS, …) may hold several, so it is only noted.
    """
    text, remark = re.sub(r"\([^()]*\)", " ", entry), "; ".join(re.findall(r"\(([^()]*)\)", entry))
    cves = list(dict.fromkeys(f"CVE-{number}" for number in _CVE.findall(text)))
    ghsas = list(dict.fromkeys(_GHSA.findall(text)))
    others = list(dict.fromkeys(_OTHER.findall(_GHSA.sub(" ", _CVE.sub(" ", text)))))
    flaws = cves or ghsas or others[:1] or [text.strip()[:100] or "unnamed"]
    aliases = tuple(ghsas) if len(cves) == 1 else ()
    note = "; ".join(part for part in (", ".join(o for o in others if o not in flaws), remark) if part)[:200]
    for flaw in flaws:
        yield flaw, aliases, note
