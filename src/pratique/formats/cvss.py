"""CVSS vectors (first.org/cvss: 2.0, 3.0, 3.1, 4.0): their base score, and the word for it."""

from __future__ import annotations

from functools import lru_cache

from pratique.model import Severity


@lru_cache(maxsize=1 << 14)
def score(vector: str) -> float | None:
    """Return the base score (0.0 to 10.0) of a vector of any version; `None` for what is no vector."""
    from cvss import CVSS2, CVSS3, CVSS4
    from cvss.exceptions import CVSSError

    kind = CVSS4 if vector.startswith("CVSS:4") else CVSS3 if vector.startswith("CVSS:3") else CVSS2
    try:
        return float(kind(vector).scores()[0])
    except (CVSSError, ValueError, KeyError, TypeError, ArithmeticError):
        return None


def severity(vector: str) -> Severity:
    """Return the qualitative rating of a vector's score (CVSS 3.1 section 5; also used for 2.0, which has no "critical" of its own)."""
    return rating(score(vector))


def rating(value: float | None) -> Severity:
    """Return the qualitative rating of a score (CVSS 3.1 section 5, table 14); 0.0 is "none", here negligible."""
    match value:
        case None:
            return Severity.UNKNOWN
        case _ if value >= 9.0:
            return Severity.CRITICAL
        case _ if value >= 7.0:
            return Severity.HIGH
        case _ if value >= 4.0:
            return Severity.MEDIUM
        case _ if value > 0.0:
            return Severity.LOW
        case _:
            return Severity.NEGLIGIBLE


def preferred(vectors: tuple[str, ...]) -> str:
    """Return the vector of the newest version of CVSS among several, or an empty string."""
    return max(vectors, key=lambda vector: vector[5:8] if vector.startswith("CVSS:") else "2.0", default="")
