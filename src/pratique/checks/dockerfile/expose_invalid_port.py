"""EXPOSE takes ports of the container: a number up to 65535 or a range, with tcp or udp."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_PORT = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?(?:/(tcp|udp|sctp))?\Z", re.IGNORECASE)
MAX_PORT = 65_535


def run(build: Build) -> Iterator[Hit]:
    """Object to each port that is none, and to addresses and ports of the host, which EXPOSE does not take."""
    for stage in build.stages:
        for instruction in stage.each("EXPOSE"):
            for word, written in zip(stage.words(instruction), instruction.arguments, strict=False):
                match = _PORT.match(word.text)
                if not word.known or "$" in word.text or not word.text:
                    continue
                if match is None:
                    yield at(written, f"{word.text[:60]} is no port of a container")
                elif not int(match[1]) <= int(match[2] or match[1]) <= MAX_PORT:
                    yield at(written, f"{word.text} is out of the range of ports")


CHECK = DockerfileCheck(
    id="expose-invalid-port",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does EXPOSE name something that is no port?",
    remedy="EXPOSE 8080 or EXPOSE 8080/udp; addresses and host ports are given to docker run.",
    run=run,
    catches=(
        "EXPOSE 80000",
        "EXPOSE 80:80",
        "EXPOSE 127.0.0.1:80:80",
        "ARG P=70000\nEXPOSE $P",
        "EXPOSE 90-80",
        "EXPOSE http",
        "EXPOSE 80/icmp",
    ),
    passes=(
        "EXPOSE 80 443/tcp 53/UDP",
        "EXPOSE 8000-8010",
        "ARG P\nEXPOSE $P",
        "EXPOSE 65535",
        "EXPOSE ${P:-80}",
    ),
    aliases=(
        "DL3011",
        "DS-0008",
        "AVD-DS-0008",
        "ExposeInvalidFormat",
    ),
)
