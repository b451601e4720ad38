"""A login server is a second way in: with its own accounts, keys and faults, past whatever guards the first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import installs, package, written
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_PACKAGES = frozenset(
    [
        "openssh-server",
        "dropbear",
        "dropbear-run",
        "telnetd",
        "inetutils-telnetd",
        "telnet-server",
        "rsh-server",
        "rsh-redone-server",
        "vsftpd",
        "proftpd",
        "tigervnc-server",
        "tigervnc-standalone-server",
        "tightvncserver",
        "x11vnc",
        "xrdp",
        "webmin",
        "shellinabox",
        "tmate",
        "gotty",
        "ttyd",
    ]
)
_SERVERS = frozenset({"sshd", "dropbear", "telnetd", "in.telnetd", "utelnetd", "x11vnc", "vncserver", "xrdp", "ttyd", "gotty", "shellinaboxd"})


def run(build: Build) -> Iterator[Hit]:
    """Object to servers of remote logins that are installed or started in a stage that is shipped, and to weak settings of sshd."""
    for stage in build.stages:
        if not stage.shipped:
            continue
        for instruction in stage.each("RUN"):
            for command in instruction.commands():
                word = next((word for word in installs(command) if package(word) in _PACKAGES), None)
                if word is not None:
                    yield at(word, f"{package(word)} is installed")
                elif command.program == "ssh-keygen" and command.has("-A"):
                    yield at(command, "host keys are made while the image is built: every container has the same")
        for instruction in stage.each("CMD", "ENTRYPOINT", "RUN"):
            for command in instruction.commands():
                if command.program in _SERVERS and not command.has("-t", "-T", "-V"):
                    yield at(command, f"{command.program} is started")
                elif command.program in {"service", "rc-service", "systemctl", "rc-update"} and {"ssh", "sshd"} & set(command.texts):
                    yield at(command, "sshd is started")
        for text in written(stage):
            if text.path.startswith("/etc/ssh/") and _OPEN.search(text.text):
                yield at(text.place, "sshd lets root in, or anybody with an empty password", Severity.HIGH)


_OPEN = re.compile(r"^[ \t]*(?:PermitRootLogin\s+yes|PermitEmptyPasswords\s+yes)\b", re.MULTILINE | re.IGNORECASE)


CHECK = DockerfileCheck(
    id="login-server",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Is a login server installed or started?",
    remedy="Use the engine's exec to look into a container; ship no login server.",
    run=run,
    catches=(
        "RUN apt-get update && apt-get install -y openssh-server",
        'CMD ["/usr/sbin/sshd", "-D"]',
        "RUN service ssh start",
        "RUN ssh-keygen -A",
        "RUN apk add dropbear",
        "RUN echo 'PermitRootLogin yes' >> /etc/ssh/sshd_config",
    ),
    passes=(
        "RUN apt-get install -y openssh-client",
        'CMD ["nginx"]',
        "RUN ssh-keygen -F github.example",
        "FROM debian:12 AS t\nRUN apt-get install -y openssh-server\nFROM debian:12\nCMD true",
        "RUN sshd -t",
    ),
)
