"""What a benchmark says of an image, item by item, and what could be started in it."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.model import Answer, Report
from pratique.report.page import Page
from pratique.report.text import clip, pad, visible, wrap

_SHADE = {Answer.MET: "good", Answer.NOT_MET: "bad", Answer.UNKNOWN: "dim"}
_SHORT = {Answer.MET: "met", Answer.NOT_MET: "not met", Answer.UNKNOWN: "cannot tell"}
_HANG = 23
"""Columns before the text of an item."""


def tally(report: Report) -> str:
    """Return how many items have each answer."""
    answers = [item.answer for item in report.benchmark]
    return ", ".join(f"{answers.count(answer)} {answer}" for answer in Answer if answer in answers)


def benchmark(page: Page, report: Report) -> Iterator[str]:
    """Yield CIS Docker Benchmark section 4, one item a line where it fits; what is not met says why."""
    if not report.benchmark:
        return
    yield page.line(("CIS Docker Benchmark, section 4", "title"), f"  {tally(report)}")
    for item in report.benchmark:
        reason = f": {item.reason}" if item.answer is not Answer.MET else ""
        lines = list(wrap(visible(f"{item.title}{reason}").split(" "), page.width - _HANG))
        for index, line in enumerate(lines[:2]):
            head = f"  {pad(item.id.removeprefix('CIS-'), 6)}"
            cut = clip(f"{line} …", page.width - _HANG) if index == 1 and len(lines) > 2 else line
            yield page.line(*((head, (pad(_SHORT[item.answer], _HANG - 8), _SHADE[item.answer])) if index == 0 else (" " * _HANG,)), cut)
    yield "\n"


def startable(page: Page, report: Report) -> Iterator[str]:
    """Yield every executable and script with the package that brought it, one a line."""
    found = report.inventory.executables
    yield page.line(("What could be started", "title"), f"  {len(found)}")
    for one in found:
        name = one.owner.partition("@")[0].rpartition("/")[2] or "no package of the distribution"
        by = f"  by {one.interpreter}" if one.interpreter else ""
        mode = f"{one.mode:04o}"
        text = clip(visible(f"/{one.path}{by}"), max(20, page.width - 20 - len(name)))
        owner = (f"  {visible(name)}", "dim" if one.owner else "warn")
        yield page.line(
            (f"  {mode}  ", "warn" if one.mode & 0o6000 else "dim"), text, owner, (f"  layer {one.layer}" if one.layer >= 0 else "", "dim")
        )
    yield "\n"
