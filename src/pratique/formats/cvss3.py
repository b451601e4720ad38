"""The base score of CVSS v3.0 and v3.1 vectors, after the specifications' own formulas.

https://www.first.org/cvss/v3.1/specification-document (section 7.1, appendix A) and https://www.first.org/cvss/v3.0/specification-document
(section 8). Nearly every vector is one of these, a report may hold thousands, and a general library takes ten times as long for each.
"""

from __future__ import annotations

# Weights, v3.1 section 7.4 (the same numbers as v3.0 section 8.4).
_AV = {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2}
_AC = {"L": 0.77, "H": 0.44}
_PR = {"U": {"N": 0.85, "L": 0.62, "H": 0.27}, "C": {"N": 0.85, "L": 0.68, "H": 0.5}}
_UI = {"N": 0.85, "R": 0.62}
_CIA = {"H": 0.56, "L": 0.22, "N": 0.0}
_OTHERS = {
    "E": "XUPFH", "RL": "XOTWU", "RC": "XURC", "CR": "XLMH", "IR": "XLMH", "AR": "XLMH", "MAV": "XNALP", "MAC": "XLH", "MPR": "XNLH", "MUI": "XNR",
    "MS": "XUC", "MC": "XNLH", "MI": "XNLH", "MA": "XNLH",
}  # fmt: skip
"""Temporal and environmental metrics: they do not change the base score, but what is none of them makes the vector invalid."""
_BASE = frozenset(("AV", "AC", "PR", "UI", "S", "C", "I", "A"))


def base_score(vector: str) -> float | None:
    """Return the base score (0.0 to 10.0) of a vector `CVSS:3.0/…` or `CVSS:3.1/…` (v3.1 section 7.1); None for what is no such vector."""
    head, metrics = vector[:9], vector[9:]
    if head not in ("CVSS:3.1/", "CVSS:3.0/"):
        return None
    values: dict[str, str] = {}
    for metric in metrics.split("/"):
        name, colon, value = metric.partition(":")
        if not colon or name in values or (name not in _BASE and (len(value) != 1 or value not in _OTHERS.get(name, ""))):
            return None
        values[name] = value
    try:
        scope = values["S"]
        exploitability = 8.22 * _AV[values["AV"]] * _AC[values["AC"]] * _PR[scope][values["PR"]] * _UI[values["UI"]]
        miss = (1 - _CIA[values["C"]]) * (1 - _CIA[values["I"]]) * (1 - _CIA[values["A"]])
    except KeyError:
        return None
    changed = scope == "C"
    iss = 1 - miss
    impact = 7.52 * (iss - 0.029) - 3.25 * (iss - 0.02) ** 15 if changed else 6.42 * iss
    if impact <= 0:
        return 0.0
    total = min((1.08 if changed else 1.0) * (impact + exploitability), 10.0)
    return _roundup(total) if head == "CVSS:3.1/" else _ceiling(total)


def _roundup(value: float) -> float:
    """Round up to one decimal (v3.1 appendix A: in integers, so that 4.000000000000001 stays 4.0)."""
    scaled = round(value * 100_000)
    return scaled / 100_000 if scaled % 10_000 == 0 else (scaled // 10_000 + 1) / 10.0


def _ceiling(value: float) -> float:
    """Round up to one decimal (v3.0 section 8.1), free of the error of binary fractions: the formula has fewer than 12 significant decimals."""
    return -(-round(value * 10, 10) // 1) / 10.0
