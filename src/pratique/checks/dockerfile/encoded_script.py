"""A script that is decoded as it runs is hidden from whoever reads the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import MAX_READERS, MAX_TEXT, RUNNING, reached, steps
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Severity

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh", "mksh", "python", "python2", "python3", "perl", "ruby", "node", "php", "eval"})
_RUNS = re.compile(r"\b(?:exec|eval|Function|os\.system|subprocess)\b")
_DECODES = re.compile(
    r"\b(?:b64decode|a2b_base64|fromhex|unhexlify|decode_base64|base64_decode|atob|Base64\.decode64|gzinflate|rot13|'base64'|\"base64\")"
)


def run(build: Build) -> Iterator[Hit]:
    """Object to a decoder whose output an interpreter runs, to programs of one line that decode and run, and to PowerShell's encoded commands."""
    for stage, _, command in steps(build, *RUNNING):
        severity = reached(stage, Severity.HIGH)
        if _decoder(command):
            reader = next(
                (reader for reader in islice(command.downstream(), MAX_READERS) if reader.program in _SHELLS and not reader.has("-c", "-e")), None
            )
            if reader is not None:
                yield at(command, f"a decoded text is run by {reader.program}", severity)
        elif command.program in _SHELLS or command.program in {"source", "."}:
            if any(_decoder(inner) and not inner.pipes_to for inner in command.inner) and _substituted(command):
                yield at(command, f"a decoded text is run by {command.program}", severity)
            elif any(_RUNS.search(text[:MAX_TEXT]) and _DECODES.search(text[:MAX_TEXT]) for text in command.texts):
                yield at(command, f"{command.program} decodes a text and runs it", severity)
        elif command.program.lower() in {"powershell", "pwsh"} and any(_ENCODED.match(text) for text in command.texts):
            yield at(command, "PowerShell is given an encoded command", severity)


_ENCODED = re.compile(r"-e(?:nc|ncodedcommand|c)?\Z", re.IGNORECASE)


def _substituted(command: Command) -> bool:
    return any(word.raw.startswith(("$(", '"$(', "`", '"`', "<(")) for word in command.arguments)


def _decoder(command: Command) -> bool:
    match command.program:
        case "base64" | "base32" | "basenc":
            return command.has("-d", "-D", "--decode", "-di")
        case "xxd":
            return command.has("-r")
        case "openssl":
            return command.subcommand in {"enc", "base64", "aes-256-cbc"} and command.has("-d")
        case "uudecode" | "rev":
            return True
    return False


CHECK = DockerfileCheck(
    id="encoded-script",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is a decoded script run?",
    remedy="Write the script as it is: in the Dockerfile, or in a file that COPY takes.",
    run=run,
    catches=(
        "RUN echo Y3VybCB4 | base64 -d | sh",
        "RUN python3 -c \"import base64; exec(base64.b64decode('cHJpbnQ='))\"",
        'RUN bash -c "$(echo aWQ= | base64 --decode)"',
        'RUN eval "$(base64 -d /x)"',
        "RUN echo 6964 | xxd -r -p | bash",
        "RUN powershell -enc SQBFAFgA",
        'CMD ["sh", "-c", "echo aWQ= | base64 -d | sh"]',
    ),
    passes=(
        "RUN echo aWQ= | base64 -d > /etc/x.conf",
        "RUN base64 -d x.b64 | tar x",
        "RUN python3 -c \"import base64; print(base64.b64decode('eA=='))\"",
        "RUN echo 'base64 -d | sh'",
    ),
)
