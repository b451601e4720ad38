"""The application's own source code: which members of an image it is, and which are a dependency's, a test's or the language's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from pratique.catalog.observer import Wanted
from pratique.formats.code.read import ENDINGS, language_of, read
from pratique.formats.code.values import LIMIT, REQUEST, Code, Value
from pratique.model import Confidence

DEPENDENCIES = frozenset(
    [
        "site-packages",
        "dist-packages",
        "node_modules",
        "bower_components",
        "jspm_packages",
        "vendor",
        "gems",
        ".m2",
        ".cargo",
        ".gradle",
        ".npm",
        ".yarn",
        ".pnpm-store",
        "__pypackages__",
        ".tox",
        ".nox",
        "_vendor",
        "third_party",
        "third-party",
        "vendored",
        ".git",
    ]
)
"""Folders whose content comes from elsewhere, by the package managers' own documentation; below them nothing is the application's."""
_LANGUAGE = re.compile(
    r"(?:^|/)(?:lib(?:64|32)?/(?:python|pypy)[\d.]*|pkg/mod|usr/local/go|lib/(?:go|golang|go-[\d.]+)|usr/(?:local/)?(?:share|lib)/(?:php|pear|python3?|nodejs|node|gcc|gdb|perl|perl5)"
    r"|lib/ruby|lib/jvm|usr/src/(?:php|python|linux[^/]*|kernels|debug|node)|opt/conda|opt/java|usr/local/lib/php)(?:/|$)"
)
"""Where interpreters and distributions keep the libraries of a language (FHS 3.0; site.py; GOROOT and GOMODCACHE)."""
_TESTS = re.compile(
    r"(?:^|/)(?:tests?|spec|specs|__tests__|testdata|fixtures?|examples?|samples?|benchmarks?|e2e)/|(?:^|/)(?:test_[^/]*|[^/]*(?:_test|\.test|\.spec|Test|Tests))\.[a-z]+$|conftest\.py$"
)
_GENERATED = (".min.js", ".bundle.js", ".chunk.js", "-min.js", ".d.ts", "_pb2.py", ".pb.go", "_pb2_grpc.py")


@lru_cache(maxsize=4096)
def _own_folder(folder: str) -> bool:
    return DEPENDENCIES.isdisjoint(folder.split("/")) and _LANGUAGE.search(folder) is None


def own(path: str) -> bool:
    """Tell by its path whether a source file may be the application's: no dependency's, no language's, not generated, in no archive."""
    return "!/" not in path and _own_folder(path.rpartition("/")[0]) and not path.endswith(_GENERATED)


def is_test(path: str) -> bool:
    """Tell by its path whether a source file is a test or an example: it is in the image, and perhaps never run."""
    return _TESTS.search(path) is not None


WANTS = tuple(Wanted(pattern=f"*{ending}", limit=LIMIT, blind=False, where=own) for ending in ENDINGS)
"""What every check of code wants."""


class Objection(NamedTuple):
    """What a rule says of one line."""

    line: int
    message: str
    confidence: Confidence


Text = Callable[[int], str]
"""Gives the text of a line, by its number, with two lines before and after it."""
Words = Mapping[str, tuple[bytes, ...]]
"""By language: words of which a file must have one, or the rule cannot object. Most files have none, and are not read any further."""


def objections(
    path: str, data: bytes, words: Words, judge: Callable[[Code, Text], Iterator[Objection]], also: Words | None = None
) -> Iterator[Objection]:
    """Yield what a rule says of a file that has one of its words (and one of `also`), once a line.

    Raises `ValueError` where the file cannot be read as its language.
    """
    language = language_of(path)
    if not all(any(word in data for word in needed.get(language, ())) for needed in (words, words if also is None else also)):
        return
    lines: list[str] = []

    def text(line: int) -> str:
        if not lines:
            lines.extend(data.decode("utf-8", "replace").split("\n"))
        return "\n".join(lines[max(0, line - 3) : line + 2])

    said: dict[int, Objection] = {}
    for one in judge(read(language, data), text):
        before = said.get(one.line)
        if before is None or before.confidence < one.confidence:
            said[one.line] = one
    for one in said.values():
        yield one._replace(confidence=Confidence.LOW) if is_test(path) else one


def reached(value: Value | None) -> tuple[str, Confidence] | None:
    """Return what input reaches a value that is no fixed text, and how sure that is; None where nothing says that it is more than fixed."""
    if value is None or value.fixed:
        return None
    if value.input:
        return value.input, Confidence.HIGH if value.input == REQUEST else Confidence.MEDIUM
    return ("values that may be input", Confidence.LOW) if value.built else None
