"""ENV is in the image's configuration and ARG in its history: whoever can pull the image can read both."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.syntax import Pair
from pratique.model import Confidence, Severity

_SECRET = re.compile(
    r"(?:^|_)(?:PASS(?:WORD|WD|PHRASE)?|PWD|SECRET|TOKEN|CREDENTIALS?|(?:API|ACCESS|SECRET|PRIVATE|AUTH|SIGNING|ENCRYPTION|MASTER|ACCOUNT|SSH)_?KEY)S?(?:_|$)"
    r"|PASSWORD|APIKEY",
    re.IGNORECASE,
)
_PUBLIC = re.compile(
    r"_(?:FILE|PATH|DIR|URL|URI|NAME|LENGTH|LEN|TTL|TIMEOUT|POLICY|ENDPOINT|ENV|TYPE|ID|VERSION|HASH|SHA256|ALGORITHM|EXPIRY)S?$|PUBLIC|^(?:OLD)?PWD$",
    re.IGNORECASE,
)
"""Names of what says where a secret is, or how it is kept: not the secret itself."""
_HARMLESS = re.compile(r"(?:true|false|yes|no|on|off|none|null|0|1|/run/secrets/.*|/.*\.(?:txt|pem|key|json))?\Z", re.IGNORECASE)
MAX_NAME = 256
"""Characters of a name that are looked at."""


def is_secret(name: str) -> bool:
    """Tell whether a variable's name says that its value is secret."""
    return len(name) <= MAX_NAME and _SECRET.search(name) is not None and _PUBLIC.search(name) is None


def run(build: Build) -> Iterator[Hit]:
    """Object to each ARG and ENV whose name says that it is secret, in every stage. The value is never shown."""
    for instruction in build.dockerfile.arguments:
        for pair in instruction.pairs:
            yield from _judged(pair, "ARG", "the build's records")
    for stage in build.stages:
        kept = "the image" if stage.shipped else "the build cache"
        for instruction in stage.each("ARG", "ENV"):
            for pair in instruction.pairs:
                yield from _judged(pair, instruction.keyword, kept)


def _judged(pair: Pair, keyword: str, kept: str) -> Iterator[Hit]:
    if is_secret(pair.name.text):
        value = "" if pair.value is None else pair.value.text
        if keyword == "ARG" or not _HARMLESS.match(value):
            yield at(pair.name, f"{pair.name.text} ({keyword}) is a secret by its name; its value stays in {kept}")


CHECK = DockerfileCheck(
    id="secret-in-arg-or-env",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    asks="Is a secret given to the build or the image by ARG or ENV?",
    remedy="Give it to the step that needs it: RUN --mount=type=secret,id=…; to the container at run time.",
    run=run,
    catches=("ENV DB_PASSWORD=hunter2", "ARG NPM_TOKEN", "ENV A=1 AWS_SECRET_ACCESS_KEY=x", "ENV API_KEY value", "ARG GITHUB_TOKEN\nFROM debian:12"),
    passes=(
        "ENV PASSWORD_FILE=/run/secrets/db",
        "ARG TOKEN_URL",
        "ENV SECRETARY=x",
        "ENV DB_PASSWORD=",
        "ENV PUBLIC_KEY=x",
        "RUN --mount=type=secret,id=token true",
        "ENV TOKENIZERS_PARALLELISM=false",
        "ENV POSTGRES_PASSWORD_FILE=/run/secrets/x",
    ),
    aliases=("SecretsUsedInArgOrEnv", "DL3064", "DS-0031", "AVD-DS-0031", "CIS-DI-0010", "CIS-4.10"),
)
