"""A name that nothing sets is empty: a path that begins with it begins at the root."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.evaluate import PLATFORM, PREDEFINED
from pratique.model import Confidence, Persona, Severity

_INHERITED = frozenset(
    {
        "PATH",
        "HOME",
        "HOSTNAME",
        "LANG",
        "LD_LIBRARY_PATH",
        "PYTHONPATH",
        "JAVA_HOME",
        "GOPATH",
        "TERM",
        "USER",
        "PKG_CONFIG_PATH",
        "CPATH",
        "LIBRARY_PATH",
        "NODE_PATH",
        "MANPATH",
    }
)
"""What a base image usually sets, or what is meant to be lengthened whether it is set or not."""


def run(build: Build) -> Iterator[Hit]:
    """Object to each use of a name that neither this file nor, as far as can be told, the base image sets."""
    for stage in build.stages:
        for missing in stage.missing:
            if (
                missing.name not in build.arguments
                and missing.name not in PLATFORM
                and missing.name not in PREDEFINED
                and (stage.scratch or missing.name not in _INHERITED)
            ):
                certain = Confidence.HIGH if stage.scratch else Confidence.LOW
                yield replace(at(missing.instruction, f"nothing in this file sets {missing.name[:60]}"), confidence=certain)


CHECK = DockerfileCheck(
    id="undefined-variable",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    asks="Is a name used that nothing in the file sets?",
    remedy="Set it by ENV or ARG, or mend its spelling.",
    run=run,
    catches=(
        "COPY x $DEST/",
        "ENV A=$NOBODY",
        "FROM scratch\nENV A=$HOME",
    ),
    passes=(
        "ENV PATH=/x:$PATH",
        "ARG D\nCOPY x $D/",
        "ENV D=/x\nCOPY a $D",
        "RUN echo $X",
        "FROM a:1 AS x\nENV D=/x\nFROM x\nCOPY a $D/",
    ),
    persona=Persona.PEDANTIC,
    aliases=("UndefinedVar",),
)
