"""What a report knew, in words: which data, how old, and what it lacked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from pratique.model import Knowledge, Report
from pratique.report.text import count, visible

MISSING = "missing"
"""The origin of data that was needed and could not be had."""
OLD = 7
"""Days after which data is called old: within a week of its publication a flaw of note is attacked."""


def whole(report: Report) -> list[str]:
    """Return the partitions that were whole, each with the day of its data and its age where it is old."""
    return [f"{_name(one)} {_day(one)}{_old(one, report)}" for one in report.knowledge if one.complete]


def lacking(report: Report) -> Iterator[str]:
    """Yield what was not whole, and what was needed and missing: what it does not name is unknown."""
    partial = [f"{_name(one)} {_day(one)} ({visible(one.origin)})" for one in report.knowledge if not one.complete and one.origin != MISSING]
    missing = [_name(one) for one in report.knowledge if one.origin == MISSING]
    if partial:
        yield f"not whole, what they do not name is unknown: {', '.join(partial)}"
    if missing:
        yield f"needed, but not there: {', '.join(missing)}"


def _old(one: Knowledge, report: Report) -> str:
    days = _days(one, report.created)
    return f" ({count(days, 'day')} old)" if days is not None and days > OLD else ""


def _name(one: Knowledge) -> str:
    return visible(f"{one.feed}/{one.partition}" if one.partition and one.partition != one.feed else one.feed)


def _day(one: Knowledge) -> str:
    return visible((one.data_date or one.fetched_at)[:10]) or "of unknown date"


def _days(one: Knowledge, created: datetime | None) -> int | None:
    """Return the age in days at the time of the report; None where either day is not known."""
    try:
        return (created.date() - date.fromisoformat((one.data_date or one.fetched_at)[:10])).days if created else None
    except ValueError:
        return None
