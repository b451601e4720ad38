"""Writes the pages that are made from the code: one for each check, and their list. `make docs` runs it; a test holds the pages against the code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pratique.checks.check import Check, FileCheck, ImageCheck, Sample
from pratique.leaves import leaves
from pratique.model import Inventory

FOLDER = Path(__file__).resolve().parent / "checks"
SHOWN = 56
"""Characters of an example that are shown."""


def checks() -> list[Check]:
    """Return every check there is, by id."""
    found: list[Check] = [*leaves("pratique.checks", FileCheck), *leaves("pratique.checks", ImageCheck)]
    return sorted(found, key=lambda check: check.id)


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page."""
    found = checks()
    rows = [f"| [{check.id}]({check.id}.md) | {check.kind} | {check.severity.word} | {check.asks} |" for check in found]
    yield "README.md", "\n".join(["# Checks", "", "| check | kind | severity | asks |", "|---|---|---|---|", *rows, ""])
    for check in found:
        yield f"{check.id}.md", page(check)


def page(check: Check) -> str:
    """Return the page of one check."""
    facts = [("kind", check.kind), ("severity", check.severity.word), ("confidence", check.confidence.word), ("for", check.persona.name.lower())]
    if check.aliases:
        facts.append(("also known as", ", ".join(check.aliases)))
    looks = "each file, in every layer, deleted ones included" if isinstance(check, FileCheck) else "the inventory and the configuration of the image"
    lines = [f"# {check.id}", "", check.asks, "", "| | |", "|---|---|", *(f"| {key} | {value} |" for key, value in facts), f"| looks at | {looks} |"]
    lines += [
        "",
        "## What to do",
        "",
        check.remedy,
        "",
        "## Caught",
        "",
        *map(example, check.catches),
        "",
        "## Passed",
        "",
        *map(example, check.passes),
        "",
    ]
    return "\n".join(lines)


def example(sample: Sample | Inventory) -> str:
    """Return one example as an item of a list."""
    if isinstance(sample, Inventory):
        image = sample.image
        return f"- `USER {image.config.user}`" if image.config.user else f"- no `USER`{' (a plain folder)' if image.source == 'dir' else ''}"
    first = " ".join(sample.data.decode("utf-8", "replace").split())
    return f"- `{sample.path}`: `{first[:SHOWN]}{'…' if len(first) > SHOWN else ''}`"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.md"):
        old.unlink()
    for name, text in pages():
        FOLDER.joinpath(name).write_text(text)
    print(f"docs/checks: {len(checks())} checks")
