"""Tools that reach other machines carry data out, and what attacks in."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.catalog.commands import commands, names
from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Persona, Severity

NAMES = frozenset(
    {
        "curl",
        "wget",
        "nc",
        "ncat",
        "netcat",
        "nc.openbsd",
        "nc.traditional",
        "socat",
        "nmap",
        "tcpdump",
        "tshark",
        "telnet",
        "ftp",
        "tftp",
        "lftp",
        "ssh",
        "scp",
        "sftp",
        "rsync",
        "dig",
        "nslookup",
        "host",
        "ping",
        "traceroute",
        "tracepath",
        "mtr",
        "hping3",
        "masscan",
        "iptables",
        "nft",
        "ip",
        "arp",
        "arping",
        "proxychains",
    }
)


def run(nodes: list[Node], tree: Tree) -> Iterator[Hit]:
    """Yield one hit a layer that brings any, with their names."""
    found = commands(nodes, tree)
    for layer in sorted({node.layer for node in found}):
        group = [node for node in found if node.layer == layer]
        yield Hit(group[0].path, f"network tools are there: {names(group)}", layer=layer)


CHECK = TreeCheck(
    id="installed-network-tool",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    persona=Persona.PEDANTIC,
    asks="Are there network tools in the image?",
    remedy="Install them in a stage of its own, or attach a debug container when you need them (docker debug, kubectl debug).",
    run=run,
    select=Select(names=NAMES, types="fhl"),
    catches=(Grove((Planted("usr/bin/curl", b"x", 0o755), Planted("usr/bin/nc", type="l", link="nc.openbsd"))),),
    passes=(Grove((Planted("usr/bin/ls", b"x", 0o755), Planted("usr/share/curl", b"x", 0o755))),),
    aliases=("CIS-4.3",),
)
