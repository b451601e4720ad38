"""Writes the pages that are made from the code: one for each check, and their list. `make docs` runs it; a test holds the pages against the code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pratique.checks.check import Check, DatedCheck, DockerfileCheck, FileCheck, Folder, Grove, ImageCheck, Planted, Sample, TreeCheck
from pratique.checks.secret import REVOKE, SecretRules
from pratique.leaves import leaves
from pratique.model import Config, Inventory, Kind

FOLDER = Path(__file__).resolve().parent / "checks"
SHOWN = 56
"""Characters of an example that are shown."""


LOOKS = (
    (DockerfileCheck, "the Dockerfile, evaluated, and its build context"),
    (FileCheck, "each file, in every layer, deleted ones included"),
    (TreeCheck, "the merged file system and the configuration of the image"),
    (ImageCheck, "the inventory and the configuration of the image"),
    (DatedCheck, "the inventory and the configuration of the image, and today"),
)


def checks() -> list[Check]:
    """Return every check there is, by id."""
    found: list[Check] = [*leaves("pratique.checks", FileCheck), *leaves("pratique.checks", ImageCheck), *leaves("pratique.checks", TreeCheck)]
    found += [*leaves("pratique.checks", DatedCheck), *leaves("pratique.checks.dockerfile", DockerfileCheck)]
    return sorted(found, key=lambda check: check.id)


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page."""
    found = checks()
    rows = [f"| [{check.id}]({check.id}.md) | {check.kind} | {check.severity.word} | {check.asks} |" for check in found]
    yield "README.md", "\n".join(["# Checks", "", "| check | kind | severity | asks |", "|---|---|---|---|", *rows, ""])
    for check in found:
        yield f"{check.id}.md", page(check)
    families = sorted(leaves("pratique.checks.secrets", SecretRules), key=lambda family: family.id)
    every = sum(len(family.rules) for family in families)
    listed = [f"| [{family.title}](secrets-{family.id}.md) | {len(family.rules)} |" for family in families]
    yield "secrets.md", "\n".join([f"# Secrets: {every} rules", "", REVOKE, "", "| family | rules |", "|---|---|", *listed, ""])
    for family in families:
        yield f"secrets-{family.id}.md", secrets(family)


def secrets(family: SecretRules) -> str:
    """Return the page of one family of rules for secrets."""
    rows = [f"| {rule.id} | {rule.provider} | {rule.severity.word} | {rule.confidence.word} | {rule.persona.name.lower()} |" for rule in family.rules]
    source = [f"Forms: {family.source}.", ""] if family.source else []
    return "\n".join([f"# {family.title}", "", *source, "| rule | of | severity | confidence | for |", "|---|---|---|---|---|", *rows, ""])


def page(check: Check) -> str:
    """Return the page of one check."""
    facts = [("kind", check.kind), ("severity", check.severity.word), ("confidence", check.confidence.word), ("for", check.persona.name.lower())]
    if check.aliases:
        facts.append(("also known as", ", ".join(check.aliases)))
    looks = next(text for kind, text in LOOKS if isinstance(check, kind))
    lines = [f"# {check.id}", "", check.asks, "", "| | |", "|---|---|", *(f"| {key} | {value} |" for key, value in facts), f"| looks at | {looks} |"]
    lines += [
        "",
        "## What to do",
        "",
        check.remedy,
        "",
        "## Caught",
        "",
        *map(harmless if check.kind is Kind.MALWARE else example, check.catches),
        "",
        "## Passed",
        "",
        *map(example, check.passes),
        "",
    ]
    return "\n".join(lines)


def example(sample: Sample | Inventory | Grove | str | Folder | tuple[Inventory, datetime]) -> str:
    """Return one example as an item of a list."""
    if isinstance(sample, Folder):
        ignored = f"; the `.dockerignore` says {code(sample.ignore)}" if sample.ignore is not None else ""
        return f"{example(sample.dockerfile)}\n\n  beside {', '.join(map(code, sample.files))}{ignored}\n"
    if isinstance(sample, str):
        fence = "~~~" if "```" in sample else "```"
        return "\n".join(f"{'- ' if number == 0 else '  '}{line}" for number, line in enumerate((f"{fence}dockerfile", *sample.split("\n"), fence)))
    if isinstance(sample, Grove):
        return f"- {grove(sample)}"
    if isinstance(sample, tuple):
        inventory, now = sample
        return f"{example(inventory)}, on {now:%Y-%m-%d}"
    if isinstance(sample, Inventory):
        image = sample.image
        instructions = [f"`{layer.instruction}`" for layer in image.layers]
        tags = [f"`{tag}`" for tag in image.tags]
        folder = ["a plain folder"] if image.source == "dir" else []
        return f"- {'; '.join([*folder, *configured(image.config), *instructions, *tags]) or f'nothing ({image.reference})'}"
    first = " ".join(sample.data.decode("utf-8", "replace").split())
    return f"- `{sample.path}`: `{first[:SHOWN]}{'…' if len(first) > SHOWN else ''}`"


def harmless(sample: Sample | Inventory | Grove | str | Folder | tuple[Inventory, datetime]) -> str:
    """Return an example by its path alone: virus scanners read these pages too."""
    return f"- `{sample.path}`" if isinstance(sample, Sample) else example(sample)


def code(text: str) -> str:
    """Return a text as code on one line."""
    return f"`{' '.join(text.split())}`"


def configured(config: Config) -> list[str]:
    """Return what a configuration says that is not the default."""
    return [f"`{name}={value!r}`" for name in Config.__slots__ if (value := getattr(config, name)) != getattr(Config(), name)]


def grove(sample: Grove) -> str:
    """Return what is planted, and what the configuration says where it says something."""
    return (
        "; ".join([*map(planted, sample.members), *configured(sample.config), *(f"deleted above: `{path}`" for path in sample.whiteouts)])
        or "nothing"
    )


def planted(one: Planted) -> str:
    """Return one member: mode, owner, path, and the begin of what is in it."""
    begin = " ".join(one.data.decode("utf-8", "replace").split()).replace("`", "'") if b"\0" not in one.data else f"{len(one.data)} bytes"
    who = f" uid {one.uid}" if one.uid else ""
    more = f" → `{one.link}`" if one.link else f": `{begin[:SHOWN]}{'…' if len(begin) > SHOWN else ''}`" if begin else ""
    return f"`{one.type} {one.mode:04o}`{who}{f' of {one.owner}' if one.owner else ''} `{one.path}`{more}"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.md"):
        old.unlink()
    for name, text in pages():
        FOLDER.joinpath(name).write_text(text)
    print(f"docs/checks: {len(checks())} checks")
