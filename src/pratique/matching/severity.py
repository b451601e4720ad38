"""How bad a flaw is: the distribution's own word for its package, else the word of the advisory's database, else the CVSS base score."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from pratique.formats import cvss, cvss3
from pratique.model import Advisory, Affected, Severity

MAX_VECTOR = 512
"""Characters. The longest vector with every metric of CVSS 4.0 has some 190; what is longer is none, and is not parsed."""


class Score(NamedTuple):
    """The base score of a vector (0.0 to 10.0), its rating, and the version of CVSS (`CVSS:3.1`)."""

    value: float
    severity: Severity
    version: str


@lru_cache(maxsize=1 << 15)
def score(vector: str) -> Score | None:
    """Return the base score of a CVSS vector of version 2, 3.0, 3.1 or 4.0; None for what is no vector."""
    version = vector[:8] if vector.startswith("CVSS:") else "CVSS:2.0"
    if len(vector) > MAX_VECTOR or version not in ("CVSS:2.0", "CVSS:3.0", "CVSS:3.1", "CVSS:4.0"):
        return None
    value = cvss3.base_score(vector) if version.startswith("CVSS:3") else cvss.score(vector)
    if value is None:
        return None
    word = cvss.rating(value)
    if version == "CVSS:2.0":
        word = min(word, Severity.HIGH)  # NVD's scale for version 2 has no "critical": https://nvd.nist.gov/vuln-metrics/cvss
    return Score(value, word, version)


def severity(claims: Iterable[tuple[Advisory, Affected]]) -> tuple[Severity, str]:
    """Return the severity of what several advisories say of one flaw in one package, and who says so (`debian`, `GHSA`, `CVSS:3.1`).

    The order of the claims does not matter. Among words of the same rank the worse counts.
    """
    own: list[tuple[Severity, str]] = []
    words: list[tuple[bool, Severity, str]] = []
    derived: list[tuple[str, Severity]] = []
    vectors: set[str] = set()
    for advisory, affected in claims:
        if affected.severity:
            own.append((affected.severity, source(affected.severity_source or advisory.feed)))
        if advisory.severity:
            who = source(advisory.severity_source or advisory.feed)
            if who.startswith("CVSS:"):  # a word that only repeats a vector ranks as the vector
                derived.append((who, advisory.severity))
            else:
                words.append((who == "GHSA", advisory.severity, who))
        vectors.update(advisory.cvss)
    if own:
        return max(own)
    if words:
        _, word, who = max(words)
        return word, who
    scores = [found for vector in vectors if (found := score(vector)) is not None]
    if scores:
        best = max(scores, key=lambda found: (found.version, found.value))  # the newest version of CVSS says most
        return best.severity, best.version
    if derived:
        who, word = max(derived)
        return word, who
    return Severity.UNKNOWN, ""


def source(text: str) -> str:
    """Shorten where a severity comes from to one word: `CVSS:3.1` of a whole vector, `GHSA` of `GHSA: high`."""
    if text.startswith("CVSS:"):
        return text.partition("/")[0]
    return "CVSS:2.0" if text.startswith("AV:") else text.partition(":")[0]
