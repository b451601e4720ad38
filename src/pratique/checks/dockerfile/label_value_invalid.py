"""Who reads a label by program relies on its form: a date, an address, a licence, a revision."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache

from pratique.checks.check import DockerfileCheck, Folder, Hit, at
from pratique.dockerfile.build import Build, Rules
from pratique.formats.spdx_ids import EXCEPTIONS, LICENCES
from pratique.model import Confidence, Severity

KINDS = {
    "org.opencontainers.image.created": "rfc3339",
    "org.opencontainers.image.url": "url",
    "org.opencontainers.image.source": "url",
    "org.opencontainers.image.documentation": "url",
    "org.opencontainers.image.licenses": "spdx",
}
"""What the OCI image specification says of its own keys (annotations.md); a schema may say otherwise."""
MAX_VALUE = 1_024
"""Characters of a value that are judged."""
_FORMS = {
    "url": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/]\S*\Z"),
    "hash": re.compile(r"(?:[0-9a-f]{7}|[0-9a-f]{40}|[0-9a-f]{64})\Z"),
    "semver": re.compile(r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?\Z"),
    "email": re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+\Z"),
    "text": re.compile(r"[\s\S]"),
}
_DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)\Z")
_NAMES = {
    "url": "address",
    "rfc3339": "date and time of RFC 3339",
    "spdx": "SPDX licence expression",
    "hash": "revision",
    "semver": "semantic version",
    "email": "mail address",
}


def run(build: Build) -> Iterator[Hit]:
    """Object to each label whose known value is not of its kind: as the schema says, else the OCI specification."""
    kinds = KINDS | dict(build.rules.label_schema)
    for stage in build.stages:
        for instruction in stage.each("LABEL"):
            for pair, value in zip(instruction.pairs, stage.words(instruction), strict=False):
                kind = kinds.get(pair.name.text)
                if kind is None or not value.known or len(value.text) > MAX_VALUE:
                    continue
                if not value.text:
                    if pair.name.text in build.rules.label_schema:
                        yield at(pair, f"the label {pair.name.text} is empty")
                elif not _is(kind, value.text):
                    yield at(pair, f"the value of {pair.name.text} is no {_NAMES.get(kind, kind)}")


def _is(kind: str, text: str) -> bool:
    if kind == "rfc3339":
        try:
            return _DATE.match(text) is not None and bool(datetime.fromisoformat(text.upper()[:19]))
        except ValueError:
            return False
    if kind == "spdx":
        return all(
            word.upper() in {"AND", "OR", "WITH"} or word.rstrip("+").lower() in _licences() or word.startswith(("LicenseRef-", "DocumentRef-"))
            for word in re.findall(r"[^\s()]+", text)
        )
    form = _FORMS.get(kind)
    return form is None or form.match(text) is not None


@cache
def _licences() -> frozenset[str]:
    return frozenset(f"{LICENCES} {EXCEPTIONS}".lower().split())


CHECK = DockerfileCheck(
    id="label-value-invalid",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is a label's value not of its kind?",
    remedy="Write it as the key's definition says; leave out what is not known yet.",
    run=run,
    catches=(
        "LABEL org.opencontainers.image.created=yesterday",
        "LABEL org.opencontainers.image.licenses=Foo",
        "LABEL org.opencontainers.image.url=x",
        Folder("LABEL a=1.2", rules=Rules(label_schema={"a": "semver"})),
        Folder("LABEL a=x", rules=Rules(label_schema={"a": "email"})),
        Folder("LABEL a=xyz", rules=Rules(label_schema={"a": "hash"})),
        Folder("LABEL a=", rules=Rules(label_schema={"a": "text"})),
    ),
    passes=(
        "LABEL org.opencontainers.image.created=2026-01-02T03:04:05Z",
        'LABEL org.opencontainers.image.licenses="Apache-2.0 AND (MIT OR GPL-2.0-only WITH Classpath-exception-2.0)"',
        "ARG C\nLABEL org.opencontainers.image.created=$C",
        "LABEL org.opencontainers.image.url=https://x.example/",
        "LABEL a=1.2",
        Folder("LABEL a=1.2.3-rc.1 b=x@y.example c=0123abc", rules=Rules(label_schema={"a": "semver", "b": "email", "c": "hash"})),
    ),
    aliases=(
        "DL3051",
        "DL3052",
        "DL3053",
        "DL3054",
        "DL3055",
        "DL3056",
        "DL3058",
    ),
)
