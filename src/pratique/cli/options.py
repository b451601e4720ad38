"""What several verbs share: options, the data directory, formats, progress."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pratique.model import Report
    from pratique.report.format import Format

FORMATS = ("table", "json", "sarif", "cyclonedx", "spdx", "markdown", "junit")
"""The formats that ship with the product; others come by entry points."""
ENDINGS = {
    ".sarif": "sarif",
    ".cdx.json": "cyclonedx",
    ".spdx.json": "spdx",
    ".md": "markdown",
    ".xml": "junit",
    ".json": "json",
    ".txt": "table",
}
"""What a file's name says of the format wanted; the longer endings first."""
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_IMAGE: tuple[Decorator, ...] = (
    click.argument("image", metavar="IMAGE"),
    click.option("--platform", metavar="OS/ARCH", help="Which image of an index, such as linux/arm64. Default: this machine's."),
    click.option("--insecure", is_flag=True, help="Speak plain HTTP to a registry, or do not verify its certificate."),
)
_OUTPUT: tuple[Decorator, ...] = (
    click.option("-f", "--format", "format_", metavar="FORMAT", help=f"One of {', '.join(FORMATS)}; a version after @: cyclonedx@1.6."),
    click.option(
        "-o",
        "--output",
        "outputs",
        multiple=True,
        metavar="[FORMAT=]FILE",
        help="Write to a file instead of the terminal; may be given several times: -o sarif=a.sarif -o json=a.json.",
    ),
)
_DATA: tuple[Decorator, ...] = (
    click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="The data directory. Default: $PRATIQUE_DATA, else your own."),
    click.option("-q", "--quiet", is_flag=True, help="Tell no progress."),
)


def decorated(*groups: Sequence[Decorator]) -> Decorator:
    """Return one decorator for groups of options, shown in the order given."""
    flat = [one for group in groups for one in group]
    return lambda function: reduce(lambda inner, one: one(inner), reversed(flat), function)


def image_options() -> Decorator:
    """Return the options by which an image is named."""
    return decorated(_IMAGE)


def output_options() -> Decorator:
    """Return the options by which a report is written."""
    return decorated(_OUTPUT)


def data_options() -> Decorator:
    """Return the options of the data directory and of progress."""
    return decorated(_DATA)


def data_folder(given: Path | None) -> Path:
    """Return the data directory: the one given, else $PRATIQUE_DATA, else the user's own by the XDG base directory specification."""
    if given is not None:
        return given
    if named := os.environ.get("PRATIQUE_DATA"):
        return Path(named)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "pratique"


def clock() -> datetime:
    """Return the time, read once a run; `SOURCE_DATE_EPOCH` takes its place for repeatable output (reproducible-builds.org)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch) if epoch.isdecimal() else int(time.time()), UTC)


# --------------------------------------------------------------------------------------------------------------- output


def format_named(name: str) -> tuple[Format, str]:
    """Return a format and the version that was asked for. Raises `InvalidInput` for a name that is none."""
    from pratique.errors import InvalidInput
    from pratique.leaves import leaves
    from pratique.report.format import Format

    word, _, version = name.partition("@")
    if word in FORMATS:
        found = importlib.import_module(f"pratique.report.{word}").FORMAT
    else:
        found = next((leaf for leaf in leaves("pratique.report", Format) if leaf.id == word), None)
    if not isinstance(found, Format):
        raise InvalidInput(f"there is no format {word!r}", f"the formats are {', '.join(FORMATS)}")
    if version and version not in found.versions:
        known = ", ".join(found.versions) or "none to choose"
        raise InvalidInput(f"the format {word} has no version {version!r}", f"its versions are {known}")
    return found, version


def targets(format_: str | None, outputs: Sequence[str], default: str) -> list[tuple[Format, str, Path | None]]:
    """Return each format to write with its version and its file; no file: standard output.

    `-o FILE` takes the format of `-f`, or tells it by the file's name; `-o FORMAT=FILE` says both. With only `-o` nothing goes to the terminal.
    """
    found: list[tuple[Format, str, Path | None]] = []
    bare = 0
    for output in outputs:
        name, equals, file = output.partition("=")
        if equals and name.partition("@")[0].isidentifier() and "/" not in name:
            found.append((*format_named(name), _file(file)))
        else:
            bare += 1
            found.append((*format_named(format_ or _by_suffix(output) or default), _file(output)))
    if not outputs or (format_ and not bare):
        found.append((*format_named(format_ or default), None))
    return found


def _file(name: str) -> Path | None:
    return None if name == "-" else Path(name)


def _by_suffix(name: str) -> str | None:
    endings = {
        ".sarif": "sarif",
        ".cdx.json": "cyclonedx",
        ".spdx.json": "spdx",
        ".md": "markdown",
        ".xml": "junit",
        ".json": "json",
        ".txt": "table",
    }
    return next((format_ for ending, format_ in endings.items() if name.endswith(ending)), None)


def write(report: Report, wanted: Sequence[tuple[Format, str, Path | None]], inventory_only: bool = False, executables: bool = False) -> None:
    """Render a report in each format. A file is written whole or not at all."""
    from pratique.report.format import Options

    for format_, version, file in wanted:
        terminal = file is None and sys.stdout.isatty()
        width = min(_columns(), 160) if terminal else 100
        colour = terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        pieces = format_.render(report, Options(width, colour, version, inventory_only, executables))
        if file is None:
            for piece in pieces:
                sys.stdout.write(piece)
            sys.stdout.flush()
            continue
        partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
        try:
            with partial.open("w", encoding="utf-8") as out:
                out.writelines(pieces)
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)


def _columns() -> int:
    try:
        return os.get_terminal_size().columns
    except OSError:
        return 100


# ------------------------------------------------------------------------------------------------------------- progress

WORDS = {"layers": "reading layers", "blob": "fetching", "feed": "fetching advisories"}


class Progress:
    """One line on the terminal that says what is being done; silent elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self.on = not quiet and sys.stderr.isatty()
        self._last = 0.0
        self._shown = False

    def __call__(self, what: str, done: int, total: int) -> None:
        """Take how much of something is done."""
        now = time.monotonic()
        if not self.on or now - self._last < 0.1:
            return
        self._last = now
        words = WORDS.get(what, what)
        amount = f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB" if total else f"{done / 1e6:,.0f} MB"
        sys.stderr.write(f"\r\x1b[K  {words} … {amount if total or done else ''}"[:120])
        sys.stderr.flush()
        self._shown = True

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False
