"""The packages of an image, one a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pratique.model import Package, Report, Zone
from pratique.report.page import Page, Part
from pratique.report.text import clip, columns, pad, visible

_HEADS = ("TYPE", "NAME", "VERSION", "LICENCE")
_WIDEST = (10, 40, 28, 34)
"""Columns that a cell may take; what is longer is clipped, for every line is one package."""
_GAP = "  "


def listing(page: Page, report: Report) -> Iterator[str]:
    """Yield the packages by type and name, with the layer that brought each; what a later layer deleted is marked."""
    packages = sorted(report.inventory.packages, key=lambda package: (package.type, package.full_name, package.version))
    if not packages:
        return
    rows = [(visible(p.type), visible(p.full_name), visible(p.version), visible(p.licences)) for p in packages]
    layer = max(5, len(str(len(report.image.layers))))
    zoned = any(zone is not Zone.UNKNOWN for zone in report.zones)
    widths = _widths(rows, page.width - len(_GAP) - layer - (8 if zoned else 0))
    head = _GAP.join(pad(text, width) for text, width in zip(_HEADS, widths, strict=True))
    yield page.line((f"{head}{_GAP}{'LAYER':>{layer}}{'  ZONE' if zoned else ''}", "dim"))
    for package, row in zip(packages, rows, strict=True):
        cells = _GAP.join(pad(text, width) for text, width in zip(row, widths, strict=True))
        index = str(package.origin.layer) if package.origin.layer >= 0 else "–"
        end: list[Part] = [(f"{_GAP}{index:>{layer}}", "dim")]
        if zoned:
            end.append((f"{_GAP}{report.zone(package.origin)}", "dim"))
        yield page.line(cells, *end)
        if mark := _mark(package):
            yield page.line((f"{' ' * (widths[0] + len(_GAP))}{clip(mark, page.width)}", "warn"))
    yield "\n"


def _widths(rows: Sequence[tuple[str, ...]], room: int) -> list[int]:
    """Return the widths of the columns: as wide as their widest cell, the widest shortened until they fit."""
    widths = [min(most, max(len(head), *(columns(row[i]) for row in rows))) for i, (head, most) in enumerate(zip(_HEADS, _WIDEST, strict=True))]
    while sum(widths) + len(_GAP) * (len(widths) - 1) > room and max(widths) > 6:
        widths[widths.index(max(widths))] -= 1
    return widths


def _mark(package: Package) -> str:
    """Return what a reader must know of a package beside its name."""
    if package.last_known:
        return "last known: the database that listed it was deleted or emptied by a later layer"
    if not package.origin.visible:
        return "deleted by a later layer, yet still in the image"
    return f"owned by {visible(package.owner)}" if package.owner else ""
