"""The sheet of upgrades: one fix a line, by who must act; then what has no fix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pratique.model import Report, Severity, Status, Zone
from pratique.report.fixes import Fix
from pratique.report.page import Page, Part, severity_part
from pratique.report.text import clip, clip_start, columns, count, pad, spans, visible, wrap

FIXES_SHOWN = 30
"""Lines of upgrades a zone: more than a screen of them is a list for a machine."""
UNFIXED_SHOWN = 30
"""Packages named for one status."""
NARROW = 96
"""Columns below which a sign stands for the word "exploited"."""
FLAW = 26
"""Columns that flaws are given before upgrades, at most: `CVE-2021-44228 exploited …`."""
VERSION = 15
"""Columns that an installed version keeps beside a long name: `0.0.0-20210921…` says enough of a Go pseudo-version."""

_INDENT = "  "
_MORE = " …"
_LABEL = 20
"""Columns of the status of what has no fix."""
UNFIXED = {
    Status.AFFECTED: "no fix yet",
    Status.FIXED: "none for this release",
    Status.POSTPONED: "postponed",
    Status.WONT_FIX: "will not be fixed",
    Status.END_OF_LIFE: "support has ended",
    Status.UNDETERMINED: "being looked into",
    Status.NOT_AFFECTED: "said to be unaffected",
}
"""What a publisher says of a flaw without a fix."""


def upgrades(page: Page, report: Report, found: Sequence[Fix]) -> Iterator[str]:
    """Yield the fixes, grouped by zone where zones are known."""
    if not found:
        return
    flaws = sum(len(fix.flaws) for fix in found)
    yield page.line(
        ("Upgrades", "title"),
        f"  {len(found)}, for {count(flaws, 'flaw')}; most urgent first{'' if page.width >= NARROW else ', ! is exploited'}",
        ("  (-f json names all)", "dim"),
    )
    zoned = any(fix.zone is not Zone.UNKNOWN for fix in found)
    sheet = _Sheet(page, found)
    yield sheet.head()
    for zone in Zone if zoned else (None,):
        part = [fix for fix in found if zone in (None, fix.zone)]
        if zone is not None and part:
            yield page.line((f" {zone}", "title"), (f": {advice(report, zone)}", "dim"))
        for fix in part[:FIXES_SHOWN]:
            yield sheet.row(fix)
        if len(part) > FIXES_SHOWN:
            yield page.line((f"{_INDENT}… and {count(len(part) - FIXES_SHOWN, 'more upgrade')}: -f json shows all", "dim"))
    yield "\n"


def advice(report: Report, zone: Zone) -> str:
    """Return who can remove what a zone brought, and how."""
    match zone:
        case Zone.BASE:
            return f"rebuild on a newer {report.base or 'base image'}"
        case Zone.MIDDLE:
            return "upgrade in your RUN instructions, or rebuild without the cache"
        case Zone.APP:
            return "upgrade in what you copy in"
        case Zone.UNKNOWN:
            return "whose layer this is, is not known"


class _Sheet:
    """The columns: severity, upgrade, flaws (how many, and the most urgent), likelihood, layers."""

    def __init__(self, page: Page, found: Sequence[Fix]) -> None:
        self.page = page
        self.exploited = " exploited" if page.width >= NARROW else " !"
        self.severity = max(8, *(len(fix.severity.name) for fix in found))
        self.number = max(2, *(len(str(len(fix.flaws))) for fix in found))
        self.layers = min(9, max(5, *(len(spans(fix.layers)) for fix in found)))
        room = page.width - len(_INDENT) - self.severity - 1 - 2 - self.number - 1 - 2 - 4 - 2 - self.layers
        named = min(FLAW, max(columns(visible(fix.flaws[0].rule)) + self._after(fix, 0) for fix in found))
        self.upgrade = min(max(9, room - named), max(9, *(columns(_upgrade(fix)) for fix in found)))
        self.flaws = max(12, room - self.upgrade)

    def head(self) -> str:
        """Return the line of headings."""
        upgrade, flaws = pad("UPGRADE", self.upgrade), pad("FLAWS", self.number + 1 + self.flaws)
        return self.page.line((f"{_INDENT}{'SEVERITY':<{self.severity}} {upgrade}  {flaws}  EPSS  {'LAYER':>{self.layers}}", "dim"))

    def row(self, fix: Fix) -> str:
        """Return the line of a fix. Where it is too long, the name loses its beginning and the installed version its end; the fixed version stays."""
        fixed, deleted = visible(fix.fixed), "" if fix.visible else " (deleted)"
        left = self.upgrade - columns(fixed) - len(deleted) - 4
        installed = clip(visible(fix.installed), max(left - columns(visible(fix.name)), min(VERSION, left // 3)))
        name = clip_start(visible(fix.name), max(1, left - columns(installed)))
        room = left - columns(name) - columns(installed)
        layers = clip(spans(fix.layers), self.layers)
        return self.page.line(
            _INDENT,
            severity_part(fix.severity, self.severity),
            f" {name} {installed} → ",
            (clip(fixed, self.upgrade), "fix"),
            (deleted, "dim"),
            " " * room,
            f"  {len(fix.flaws):>{self.number}} ",
            *self._flaws(fix),
            f"  {likelihood(fix):>4}  ",
            (f"{layers:>{self.layers}}", "dim"),
        )

    def _flaws(self, fix: Fix) -> Iterator[Part]:
        """Yield the ids of the most urgent flaws, as many as fit, and spaces for the rest of the column."""
        left = self.flaws
        for index, flaw in enumerate(fix.flaws):
            end = self._after(fix, index)
            name = (" " if index else "") + visible(flaw.rule)
            if index and columns(name) + end > left:
                yield _MORE, "dim"
                left -= len(_MORE)
                break
            name = clip(name, max(1, left - end))
            yield name
            left -= columns(name)
            if flaw.exploited is not None:
                yield self.exploited, "bad"
                left -= len(self.exploited)
        yield " " * left

    def _after(self, fix: Fix, index: int) -> int:
        """Return the columns of what follows the id of a flaw: that it is exploited, and that there are more."""
        return len(self.exploited) * (fix.flaws[index].exploited is not None) + len(_MORE) * (index + 1 < len(fix.flaws))


def _upgrade(fix: Fix) -> str:
    return visible(f"{fix.name} {fix.installed} → {fix.fixed}{'' if fix.visible else ' (deleted)'}")


def likelihood(fix: Fix) -> str:
    """Return the EPSS of a fix in two digits; unknown is not zero."""
    if fix.epss is None:
        return "–"
    return "<.01" if fix.epss < 0.01 else f"{min(fix.epss, 1.0):.2f}"


def unfixed(page: Page, found: Sequence[Fix]) -> Iterator[str]:
    """Yield what no upgrade removes, compact: by what the publisher says of it."""
    if not found:
        return
    flaws = sum(len(fix.flaws) for fix in found)
    packages = len({(fix.name, fix.installed) for fix in found})
    yield page.line(("No fix", "title"), f"  {count(flaws, 'flaw')} in {count(packages, 'package')}; remove what you do not need")
    for status, label in UNFIXED.items():
        part = [fix for fix in found if fix.status is status]
        texts = [_unfixed(fix) for fix in part[:UNFIXED_SHOWN]]
        if len(part) > UNFIXED_SHOWN:
            texts.append(f"and {len(part) - UNFIXED_SHOWN} more")
        lines = wrap([f"{text}," for text in texts[:-1]] + texts[-1:], page.width - len(_INDENT) - _LABEL - 2)
        for index, line in enumerate(lines):
            yield page.line(_INDENT, pad(label if index == 0 else "", _LABEL + 2), line)
    yield "\n"


def _unfixed(fix: Fix) -> str:
    number = f" ×{len(fix.flaws)}" if len(fix.flaws) > 1 else ""
    worst = f" {fix.severity.name}" if fix.severity >= Severity.HIGH else ""
    return visible(f"{fix.name} {fix.installed}{number}{worst}{' exploited' if fix.exploited else ''}")
