"""A Dockerfile made from a few lines, for the examples of checks and for tests."""

from __future__ import annotations

import re

from pratique.dockerfile.build import Build, Context, ContextFile, Rules
from pratique.dockerfile.evaluate import evaluate
from pratique.dockerfile.ignore import Ignore
from pratique.dockerfile.ignore import parse as parse_ignore
from pratique.dockerfile.parse import parse

BASE = f"FROM docker.io/library/debian:12.8-slim@sha256:{'0' * 64}\n"
"""What lines without a FROM stand on: a base that no check objects to."""
_FROM = re.compile(r"^[ \t]*FROM\s", re.MULTILINE | re.IGNORECASE)


def sketch(text: str, files: tuple[str, ...] | None = None, ignore: str | None = None, rules: Rules | None = None) -> Build:
    """Return what a text builds; one without FROM is given a base. `files`: the paths of the build context; None: no context is known."""
    source = text if _FROM.search(text) else BASE + text
    context = None
    if files is not None:
        context = Context(tuple(ContextFile(path) for path in files), Ignore() if ignore is None else parse_ignore(ignore), ignore is not None)
    return evaluate(parse(source if source.endswith("\n") else f"{source}\n"), context, rules)
