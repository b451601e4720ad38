"""EPSS: the probability that a flaw is exploited within 30 days, for every CVE, day by day (first.org/epss)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from pratique.advisories.document import plain
from pratique.advisories.feed import Feed, Record
from pratique.errors import MalformedAdvisory
from pratique.model import Distribution, Gap, Likelihood

_HEADER = re.compile(r"#model_version:([^,\s]*),score_date:(\d{4}-\d\d-\d\d)")
COLUMNS = "cve,epss,percentile"


def parse(_partition: str, data: bytes) -> Iterator[Record]:
    """Yield `(cve, likelihood)` for each line of the (gzipped) CSV."""
    lines = plain(data).decode("utf-8", "replace").splitlines()
    header = _HEADER.match(lines[0])
    if header is None or len(lines) < 2 or lines[1].strip().lower() != COLUMNS:
        raise MalformedAdvisory("this is not EPSS: the model and the day, or the columns, are missing in the first two lines", "Fetch it again.")
    model, day = header[1], header[2]
    for number, line in enumerate(lines[2:], 3):
        try:
            cve, score, percentile = line.split(",")
            probability, rank = float(score), float(percentile)
            if not (cve.startswith("CVE-") and 0.0 <= probability <= 1.0 and 0.0 <= rank <= 1.0):
                raise ValueError(f"{line[:80]!r} is no score")
        except ValueError as error:
            yield Gap("record-unreadable", f"line {number} of EPSS cannot be read: {str(error)[:200]}", path=f"line {number}")
        else:
            yield cve, Likelihood(probability, rank, day, model)


def dated(data: bytes) -> str | None:
    """Return the day of the scores."""
    header = _HEADER.match(plain(data)[:200].decode("utf-8", "replace"))
    return header[2] if header else None


def partitions(_ecosystems: frozenset[str], _distributions: tuple[Distribution, ...]) -> Iterator[str]:
    """Yield the scores of today; a mirror may hold those of several days."""
    yield ""


FEED = Feed(
    id="epss",
    partitions=partitions,
    url=lambda day: f"https://epss.empiricalsecurity.com/epss_scores-{day or 'current'}.csv.gz",
    every=timedelta(hours=12),
    parse=parse,
    sample=("", b"#model_version:v2026.01.01,score_date:2026-01-02T00:00:00Z\ncve,epss,percentile\nCVE-2026-0001,0.00383,0.73075\n"),
    licence="free use with attribution to FIRST (first.org/epss)",
    dated=dated,
    names=False,
    vital=False,
)
