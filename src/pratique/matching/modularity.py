"""Module streams of RPM distributions: a fix in one stream says nothing of another, nor of the package outside every module.

A modular build carries `.module_el8.5.0+119+9a9ec082` (or `.module+el8…`) in its release: platform, build number, and the context of its dependencies
(https://docs.fedoraproject.org/en-US/modularity/). Its label names module and stream: `nodejs:12:8040020210817165412:9edba152`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from pratique.matching.ranges import Versions
from pratique.model import Affected

_BUILD = re.compile(r"\.module[_+][^+]*\+\d+\+([0-9a-f]+)")
_STREAMS = re.compile(r"(?<![\w.+:/-])([A-Za-z][\w.+-]*):([\w][\w.+-]*)")
_SEVERITY = re.compile(r"^(?:Critical|Important|Moderate|Low|None): *")


def modular(version: str) -> bool:
    """Whether a version is that of a build from a module."""
    return ".module" in version


def applicable(affected: Affected, version: str, label: str, summary: str) -> bool:
    """Return whether what a bulletin says of a package name is about this build of it.

    A build from a module is judged by fixes built in a module alone, and the other way round. Where both the package's label and the bulletin name
    the module, the streams must be the same; where one of them does not say, the bulletin counts.
    """
    fixes = [branch.fixed for branch in affected.ranges if branch.fixed]
    if not fixes:
        return True
    of_module = modular(version) or bool(label)
    if any(map(modular, fixes)) != of_module:
        return False
    if not label:
        return True
    module, _, rest = label.partition(":")
    stream = rest.partition(":")[0]
    named = {theirs for name, theirs in streams(affected.module or summary) if name == module}
    return not named or stream in named


@lru_cache(maxsize=1 << 12)
def streams(text: str) -> tuple[tuple[str, str], ...]:
    """Return the (module, stream) pairs a bulletin's title names: `Important: python38:3.8 and python38-devel:3.8 security update`."""
    return tuple(_STREAMS.findall(_SEVERITY.sub("", text)))


def nearest(affected: Iterable[Affected], version: str, versions: Versions) -> list[Affected]:
    """Return those of one bulletin's entries for one package that count for this build: the lowest of its own context, where there is one.

    A bulletin lists every build it ships, for several contexts and platforms of the module. Each of them has the fix, though the release of one is
    lower than that of another; so what is not older than a shipped build of the same context has it too.
    """
    found = list(affected)
    if len(found) < 2 or (ours := _context(version)) is None:
        return found
    same = [
        (key, one) for one in found for branch in one.ranges if _context(branch.fixed) == ours and (key := versions.key(branch.fixed)) is not None
    ]
    return [min(same, key=lambda pair: pair[0])[1]] if same else found


def bears(entry: Affected, version: str, label: str) -> bool:
    """Whether an entry must be seen although the version is past it: the other builds of a module that a bulletin ships."""
    return (bool(label) or modular(version)) and any(modular(branch.fixed) for branch in entry.ranges)


def _context(version: str) -> str | None:
    match = _BUILD.search(version)
    return match[1] if match else None
