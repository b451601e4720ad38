"""An organisation says in its .hadolint.yaml which registries images may come from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Folder, Hit, at
from pratique.dockerfile.build import Build, Rules, Source
from pratique.model import Confidence, Severity

_HOST = re.compile(r"[.:]|\Alocalhost\Z")


def run(build: Build) -> Iterator[Hit]:
    """Object to each image from a registry that is not among the trusted ones; without a list all are."""
    trusted = build.rules.trusted_registries
    for stage in build.stages if trusted else ():
        for origin in (stage.base, *stage.origins):
            name = origin.reference.text
            if origin.source is Source.IMAGE and origin.reference.known and name:
                registry, slash, _ = name.partition("/")
                host = registry if slash and _HOST.search(registry) else "docker.io"
                if not any(_matches(host, name, rule) for rule in trusted):
                    yield at(origin, f"{host} is not among the trusted registries")


def _matches(host: str, name: str, rule: str) -> bool:
    """Tell whether an image is from a registry; `*` alone is any, `*.` or `.*` at an end any part of its name."""
    rule = rule.lower().rstrip("/")
    if rule == "*" or rule in {host, f"hub.{host}", f"index.{host}"} or name.lower().startswith(f"{rule}/"):
        return True
    if rule.startswith("*"):
        return host.endswith(rule[1:])
    return rule.endswith("*") and host.startswith(rule[:-1])


CHECK = DockerfileCheck(
    id="untrusted-registry",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does an image come from a registry that is not trusted?",
    remedy="Take it from a registry of the list, or add the registry to trustedRegistries.",
    run=run,
    catches=(
        Folder("FROM quay.example/x:1", rules=Rules(trusted_registries=("docker.io",))),
        Folder("COPY --from=x:1 /a /b", rules=Rules(trusted_registries=("*.example",))),
    ),
    passes=(
        "FROM quay.example/x:1",
        Folder("FROM debian:12", rules=Rules(trusted_registries=("docker.io",))),
        Folder("FROM r.my.example/x:1", rules=Rules(trusted_registries=("*.example",))),
        Folder("FROM my.example:5000/x:1", rules=Rules(trusted_registries=("my.example:5000",))),
        Folder("ARG B\nFROM $B", rules=Rules(trusted_registries=("x",))),
    ),
    aliases=("DL3026",),
)
