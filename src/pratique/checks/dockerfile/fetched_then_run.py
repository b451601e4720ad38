"""What is downloaded to a file and run without being compared with anything is a download that is run unseen."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import FETCHERS, INTERPRETERS, output, reached, verifies
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to a file that a step fetches and a later one runs, where no step between them compares anything with a checksum or signature."""
    for stage in build.stages:
        fetched: dict[str, Command] = {}
        for instruction in stage.each("RUN"):
            commands = instruction.commands()
            verified = any(verifies(command) for command in commands)
            for command in commands:
                if verified:
                    fetched.clear()
                if command.program in FETCHERS and not verified:
                    if (file := output(command)) is not None and not file.endswith(("/", "}")):
                        fetched[_name(file)] = command
                elif (name := _runs(command)) in fetched:
                    fetcher = fetched.pop(name)
                    yield at(fetcher, f"{name} is fetched and run, and never compared with a checksum or a signature", reached(stage, Severity.HIGH))


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _runs(command: Command) -> str:
    """Return the name of the file that a command runs, as far as it was given one; a program of the system is none."""
    head = command.head.text if command.head is not None else ""
    if command.program in INTERPRETERS and not command.has("-c", "-e", "-m"):
        return _name(next((word.text for word in command.operands), ""))
    if command.program in {"rpm", "dpkg"} and command.has("-i", "-U", "--install", "-Uvh", "-ivh"):
        return _name(command.operands[-1].text) if command.operands else ""
    if command.program in {"java"}:
        return _name(command.value("-jar") or "")
    return _name(head) if "/" in head or "$" in head or command.program.endswith((".sh", ".run", ".bin", ".py")) else ""


CHECK = DockerfileCheck(
    id="fetched-then-run",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is a downloaded file run without being verified?",
    remedy="Compare it first: echo '<digest>  file' | sha256sum -c -, or gpg --verify; or COPY it from the build context.",
    run=run,
    catches=(
        "RUN curl -fsSL -o install.sh https://x.example/i.sh && sh install.sh",
        "RUN wget https://x.example/setup.sh && chmod +x setup.sh && ./setup.sh -y",
        "RUN curl -sSLo /tmp/i https://x.example/i\nRUN bash /tmp/i",
        "RUN curl https://x.example/get-pip.py > get-pip.py; python3 get-pip.py",
        "RUN wget -qO /tmp/m.sh https://x.example/m.sh && /bin/bash /tmp/m.sh -b -p /opt",
        "ONBUILD RUN curl -O https://x.example/i.sh && . ./i.sh",
        "RUN wget -q https://x.example/x.deb && dpkg -i x.deb",
    ),
    passes=(
        "RUN curl -fsSL -o i.sh https://x.example/i.sh && echo 'abc  i.sh' | sha256sum -c - && sh i.sh",
        "RUN curl -o a.asc https://x.example/a && gpg --verify a.asc a && ./a",
        "RUN curl -o data.json https://x.example/d && python3 read.py data.json",
        "RUN curl -fsS https://x.example/v",
        "RUN wget -O x.tgz https://x.example/x.tgz && tar xf x.tgz && ./configure",
        "COPY i.sh /\nRUN sh /i.sh",
    ),
)
