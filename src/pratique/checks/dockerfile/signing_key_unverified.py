"""A key that is fetched by its short name, or trusted as it comes, vouches for nothing: anybody can make a key with the same 32 bits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import reached, steps
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_KEY = re.compile(r"(?:0x)?([0-9A-Fa-f]{8}|[0-9A-Fa-f]{16})\Z")
_FETCH = ("--recv-keys", "--recv-key", "--recv", "--receive-keys")


def run(build: Build) -> Iterator[Hit]:
    """Object to keys that gpg or apt-key take from a keyserver by an id of 8 or 16 digits; a whole fingerprint names one key."""
    for stage, _, command in steps(build):
        if command.program not in {"gpg", "gpg2", "apt-key"} or not command.has(*_FETCH):
            continue
        for word in command.arguments:
            if found := _KEY.match(word.text):
                yield at(word, f"a key is taken from a keyserver by {len(found[1]) * 4} bits of its fingerprint", reached(stage, Severity.MEDIUM))


CHECK = DockerfileCheck(
    id="signing-key-unverified",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Is a signing key fetched by a short id?",
    remedy="Name the key by its whole fingerprint of 40 digits, or COPY the key from the build context.",
    run=run,
    catches=(
        "RUN apt-key adv --keyserver keyserver.ubuntu.com --recv-keys 7F0CEB10",
        "RUN gpg --keyserver hkps://keys.openpgp.org --recv-keys 0xB42F6819007F00F8",
        "RUN apt-key adv --keyserver hkp://p80.pool.sks-keyservers.net:80 --recv 58118E89",
    ),
    passes=(
        "RUN gpg --batch --keyserver keys.openpgp.org --recv-keys B42F6819007F00F88E364FD4036A9C25BF357DD4",
        'RUN gpg --keyserver x.example --recv-keys "$GPG_KEY"',
        "RUN gpg --verify 7F0CEB10.asc",
        "RUN echo --recv-keys 7F0CEB10",
    ),
)
