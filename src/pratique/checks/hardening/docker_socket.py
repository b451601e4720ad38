"""Whoever may write to the engine's socket is root on the host: he starts a container that mounts it whole."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Config, Kind, Severity

SOCKETS = frozenset({"docker.sock", "containerd.sock", "crio.sock", "podman.sock", "dockershim.sock", "cri-dockerd.sock", "buildkitd.sock"})


def run(nodes: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to the socket of an engine as a volume or address of the configuration, or in the file system."""
    config = tree.image.config
    for volume in config.volumes:
        if volume.rstrip("/").rpartition("/")[2] in SOCKETS:
            yield Hit(f"config:volumes:{volume}", f"the image wants the engine's socket as a volume: {volume}")
    for variable in config.env:
        name, _, value = variable.partition("=")
        if name in ("DOCKER_HOST", "CONTAINER_HOST", "CONTAINERD_ADDRESS") and value.rpartition("/")[2] in SOCKETS:
            yield Hit(f"config:env:{name}", f"the image expects the engine's socket: {name}", severity=Severity.MEDIUM)
    for node in nodes:
        if node.path.startswith(("run/", "var/run/", "tmp/")) or node.type == "l":
            yield Hit(node.path, "the place of the engine's socket: it is meant to be mounted")


CHECK = TreeCheck(
    id="docker-socket",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Does the image expect the engine's socket?",
    remedy="Do not give a container the engine's socket. Build without it (buildah), or put a proxy before it that lets through what is needed.",
    run=run,
    select=Select(names=SOCKETS, types="fhlpd"),
    catches=(
        Grove(config=Config(volumes=("/var/run/docker.sock",))),
        Grove(config=Config(env=("DOCKER_HOST=unix:///run/docker.sock",))),
        Grove((Planted("var/run/docker.sock"),)),
    ),
    passes=(Grove(config=Config(volumes=("/data",), env=("DOCKER_HOST=tcp://build:2376",))), Grove((Planted("usr/share/x/docker.sock", b"a text"),))),
)
