"""Pratique: the licence a container needs to enter port, from the Dockerfile to the running process.

report = pratique.scan("registry.example/shop:2026.11")
for finding in report.findings:
print(finding.zone, finding.origin.instruction, finding.rule, finding.subject)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from os import PathLike

    from pratique.model import Report

__version__ = "0.1.0"
__all__ = ["__version__", "scan"]


def scan(
    image: str,
    *,
    platform: str | None = None,
    base: str | None = None,
    feeds: str | PathLike[str] | None = None,
    offline: bool = False,
    insecure: bool = False,
    data: str | PathLike[str] | None = None,
    now: datetime | None = None,
) -> Report:
    """Return what is in an image, what is wrong with it, whose it is and what to do: the same as `pratique scan`.

    `image`, `platform`, `base`, `feeds` and `data` as on the command line; `now` (with a time zone) is the time it is judged at. Raises
    `pratique.errors.PratiqueError` where no report is possible.
    """
    import os
    from pathlib import Path

    from pratique.cli.options import clock, data_folder
    from pratique.inspection.scan import Request
    from pratique.inspection.scan import scan as inspected

    return inspected(
        Request(
            image,
            now or clock(),
            data_folder(None if data is None else Path(data)),
            platform=platform,
            base=base,
            feeds=None if feeds is None else os.fspath(feeds),
            offline=offline,
            insecure=insecure,
            environ=os.environ,
        )
    )
