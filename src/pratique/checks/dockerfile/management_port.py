"""A port by which the machine or the process is managed is the first that others knock at."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_PORTS = {
    "22": "SSH",
    "23": "Telnet",
    "512": "rexec",
    "513": "rlogin",
    "514": "rsh",
    "2375": "the Docker engine without TLS",
    "3389": "RDP",
    "5900": "VNC",
    "5901": "VNC",
    "5985": "WinRM",
    "6000": "X11",
    "10250": "the kubelet",
    "10255": "the kubelet",
    "9229": "the debugger of Node",
    "5005": "the debugger of Java",
    "5678": "the debugger of Python",
    "2345": "the debugger of Go",
    "1099": "RMI of Java",
}


def run(build: Build) -> Iterator[Hit]:
    """Object to EXPOSE of ports of remote logins, engines and debuggers, alone or in a range of at most some."""
    for stage in build.stages:
        if stage.shipped:
            for instruction in stage.each("EXPOSE"):
                for value, word in zip(stage.words(instruction), instruction.arguments, strict=False):
                    port, _, protocol = value.text.partition("/")
                    for number in _numbers(port):
                        if number in _PORTS and protocol.lower() in {"", "tcp"}:
                            yield at(word, f"port {number} is exposed: {_PORTS[number]}")


def _numbers(port: str) -> tuple[str, ...]:
    first, _, last = port.partition("-")
    if first.isascii() and first.isdecimal() and last.isascii() and last.isdecimal() and len(first) < 6 and len(last) < 6:
        return tuple(number for number in _PORTS if int(first) <= int(number) <= int(last))
    return (port.lstrip("0"),)


CHECK = DockerfileCheck(
    id="management-port",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    asks="Is a management port exposed?",
    remedy="Manage by the engine (exec, logs); expose the port of the service alone.",
    run=run,
    catches=(
        "EXPOSE 22",
        "EXPOSE 80 2375",
        "EXPOSE 5900/tcp",
        "EXPOSE 20-25",
        "ARG P=3389\nEXPOSE $P",
    ),
    passes=(
        "EXPOSE 8080",
        "EXPOSE 443/tcp 443/udp",
        "EXPOSE 2376",
        "EXPOSE 22/udp",
        "FROM debian:12 AS build\nEXPOSE 22\nFROM scratch\nEXPOSE 80",
    ),
    aliases=("DS-0004", "AVD-DS-0004"),
)
