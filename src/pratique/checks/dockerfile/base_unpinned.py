"""A base named by a tag is whatever its publisher calls so today: two builds of one Dockerfile stand on different images."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build, Source
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to a base or a foreign image without tag and digest, or with `latest`; what is not known is not judged."""
    for stage in build.stages:
        for origin in (stage.base, *stage.origins):
            reference = origin.reference
            if origin.source is not Source.IMAGE or "@" in reference.text:
                continue
            tag = reference.text.rpartition("/")[2].partition(":")[2]
            if not tag and reference.known and reference.text:
                yield at(origin, f"{reference} has no tag: it stands on whatever is latest")
            elif tag == "latest":
                yield at(origin, f"{reference} may be another image tomorrow")


CHECK = DockerfileCheck(
    id="base-unpinned",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Is an image taken by no tag, or by one that means whatever is newest?",
    remedy="Name the version, best with its digest: debian:12.8-slim@sha256:…",
    run=run,
    catches=("FROM debian", "FROM debian:latest AS build", "FROM ghcr.io:443/x/y", "ARG V=latest\nFROM node:${V}", "COPY --from=nginx /a /b"),
    passes=(
        "FROM debian:12",
        f"FROM debian@sha256:{'a' * 64}",
        "FROM scratch",
        "FROM debian:12 AS build\nFROM build\nCOPY --from=build /a /b\nCOPY --from=0 /a /b",
        "ARG BASE\nFROM $BASE",
        "ARG TAG\nFROM node:$TAG",
    ),
    aliases=("DL3006", "DL3007", "DS-0001", "AVD-DS-0001", "DKL-DI-0006"),
)
