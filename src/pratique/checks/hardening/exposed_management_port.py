"""Ports by which machines are managed, not applications served: whoever reaches one that is not well guarded owns the container, or the host."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import Hit, ImageCheck
from pratique.model import Confidence, Config, Digests, Image, Inventory, Kind, Platform, Severity

PORTS = {
    21: ("FTP, in the clear", Severity.MEDIUM),
    22: ("SSH", Severity.MEDIUM),
    23: ("Telnet, in the clear", Severity.HIGH),
    111: ("the RPC port mapper", Severity.MEDIUM),
    445: ("SMB", Severity.MEDIUM),
    512: ("rexec, in the clear", Severity.HIGH),
    513: ("rlogin, in the clear", Severity.HIGH),
    514: ("rsh, in the clear", Severity.HIGH),
    2375: ("the Docker engine, without authentication", Severity.HIGH),
    2376: ("the Docker engine", Severity.MEDIUM),
    2377: ("Docker Swarm's management", Severity.MEDIUM),
    2379: ("etcd", Severity.MEDIUM),
    2380: ("etcd's peers", Severity.MEDIUM),
    3389: ("remote desktop", Severity.MEDIUM),
    5005: ("a Java debugger, by habit", Severity.MEDIUM),
    5678: ("a Python debugger, by habit", Severity.LOW),
    5900: ("VNC", Severity.MEDIUM),
    5985: ("WinRM, in the clear", Severity.MEDIUM),
    6443: ("the Kubernetes API", Severity.MEDIUM),
    9229: ("the Node.js inspector", Severity.MEDIUM),
    10250: ("the kubelet", Severity.MEDIUM),
    10255: ("the kubelet, without authentication", Severity.MEDIUM),
}
"""By IANA's registry (Service Name and Transport Protocol Port Number Registry) or the publishers' manuals."""


def run(inventory: Inventory) -> Iterator[Hit]:
    """Object to each such port that the image exposes, alone or within a range."""
    for exposed in inventory.image.config.exposed_ports:
        ports, _, protocol = exposed.partition("/")
        first, _, last = ports.partition("-")
        if protocol.lower() in ("udp", "sctp") or not first.isdecimal() or not (last or first).isdecimal():
            continue
        for port, (what, severity) in PORTS.items():
            if int(first[:6]) <= port <= int((last or first)[:6]):
                yield Hit(f"config:exposed-ports:{port}", f"the image exposes port {port}: {what}", severity=severity)


def _image(*ports: str) -> Inventory:
    return Inventory(Image("sample", Digests("sha256:0"), Platform(), (), Config(exposed_ports=ports), "oci"), ())


CHECK = ImageCheck(
    id="exposed-management-port",
    kind=Kind.HARDENING,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does the image expose ports by which machines are managed?",
    remedy="Remove the EXPOSE and the server behind it; manage containers with the engine (docker exec, kubectl exec).",
    run=run,
    catches=(_image("22/tcp"), _image("8080/tcp", "2375"), _image("3000-4000/tcp")),
    passes=(_image(), _image("80/tcp", "443/tcp", "8080", "5432/tcp"), _image("514/udp"), _image("x/tcp", "-")),
    aliases=("DS-0004", "AVD-DS-0004"),
)
