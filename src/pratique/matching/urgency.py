"""Most urgent first: exploited, then how bad with how likely, then what can be fixed today."""

from __future__ import annotations

from math import log10

from pratique.model import Finding, Kind, Likelihood, Severity

LIFT = 2.0
"""How many steps of severity the likelihood can lift a finding: a medium flaw that is all but certain to be exploited weighs as much as a critical
one that is all but certain not to be."""

RARE = 1e-3
"""The EPSS score that lifts nothing: one in a thousand. Scores differ by orders of magnitude, so each factor of ten counts the same."""

UNKNOWN = 0.5
"""The share of the lift where there is no EPSS score: between, as one of 3 %. The newest flaws have none yet; unknown is not zero."""

UNRATED = 2.5
"""The weight of a severity that nobody has said: between low and medium, for unknown is not harmless."""


def urgency(finding: Finding) -> tuple[bool, float, bool, int, str, str]:
    """Return a sort key, most urgent first.

    1. Known exploited (KEV), or malware: it is happening.
    2. Severity plus `LIFT` times the likelihood (`likely`), higher first.
    3. What has a fix before what has none.
    4. The surer before the less sure; then by rule and subject, so that the order is the same in every report.
    """
    happening = finding.exploited is not None or finding.kind is Kind.MALWARE
    return (not happening, -weight(finding), not finding.fixed, -finding.confidence, finding.rule, finding.subject)


def weight(finding: Finding) -> float:
    """Return how urgent a finding is, 0 to 7: severity (0 to 5) plus the lift of its likelihood."""
    severity = UNRATED if finding.severity is Severity.UNKNOWN else float(finding.severity)
    return severity + LIFT * likely(finding.epss)


def likely(epss: Likelihood | None) -> float:
    """Return the likelihood of exploitation on a scale from 0 (`RARE` or less) to 1 (certain), by orders of magnitude; unknown is between."""
    if epss is None or epss.score != epss.score:  # NaN is no number, so it is not known either
        return UNKNOWN
    if epss.score <= RARE:
        return 0.0
    return min(1.0, 1.0 - log10(epss.score) / log10(RARE))
