"""What a report knew, in words: which data, how old, and what it lacked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from pratique.model import Knowledge, Report
from pratique.report.text import count, visible

OLD = 7
"""Days after which data is called old: within a week of its publication a flaw of note is attacked."""


def whole(report: Report) -> list[str]:
    """Return the partitions that were whole, each with the day of its data."""
    return [f"{_name(one)} {_day(one)}" for one in report.knowledge if one.complete]


def lacking(report: Report) -> Iterator[str]:
    """Yield what was missing or not whole, and what follows from it."""
    for one in report.knowledge:
        if one.origin == "missing":
            yield f"{_name(one)}: needed, but not there; what it would say is unknown"
        elif not one.complete:
            yield f"{_name(one)} {_day(one)}: not whole ({visible(one.origin)}); what it does not name is unknown"
    for one in report.knowledge:
        if one.complete and (days := _days(one, report.created)) is not None and days > OLD:
            yield f"{_name(one)} is {count(days, 'day')} old: run `pratique feeds sync`"


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
