"""A download is run unseen: whoever answers the request becomes root in every image built from here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import MAX_READERS, MAX_TEXT
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Severity

DOWNLOADERS = frozenset({"curl", "wget", "wget2", "fetch", "aria2c", "axel", "lynx", "http", "https", "xh"})
INTERPRETERS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh", "mksh", "python", "python2", "python3", "perl", "ruby", "node", "php", "lua"})
CALLERS = INTERPRETERS | {"eval", "source", "."}
"""What runs the text or the file that it is given as an argument."""
_RUNS = re.compile(r"\b(?:exec|eval|runpy|os\.system|instance_eval)\b")
_FETCHES = re.compile(
    r"\burl(?:open|retrieve)\(|\brequests\.get\(|LWP::Simple|open-uri|URI\.open|file_get_contents\(\s?['\"]https?:|https?\.get\(|\bfetch\("
)
_POWERSHELL = re.compile(r"(?:powershell|pwsh)(?:\.exe)?\Z", re.IGNORECASE)
_INVOKES = re.compile(r"\b(?:iex|Invoke-Expression)\b", re.IGNORECASE)
_RECEIVES = re.compile(r"\b(?:irm|iwr|Invoke-RestMethod|Invoke-WebRequest|DownloadString|DownloadData)\b", re.IGNORECASE)


def run(build: Build) -> Iterator[Hit]:
    """Object to a downloader whose output an interpreter reads, by a pipe, `$(…)` or `<(…)`, also when it passes other commands on the way."""
    for stage in build.stages:
        inherited = stage.parent.setting("SHELL") if stage.parent is not None else None
        shell = inherited.words[0].text if inherited is not None and inherited.words else ""
        for instruction in stage.each("SHELL", "RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
            if instruction.keyword == "SHELL":
                shell = instruction.arguments[0].text if instruction.arguments else ""
                continue
            commands = instruction.commands()
            for command in commands:
                yield from _judged(command)
            text = instruction.text.value[:MAX_TEXT]
            if _INVOKES.search(text) and _RECEIVES.search(text) and any(_POWERSHELL.search(one) for one in (shell, *(c.program for c in commands))):
                yield at(instruction, "what PowerShell receives is run by Invoke-Expression unseen")


def _judged(command: Command) -> Iterator[Hit]:
    if command.program in DOWNLOADERS:
        reader = next((reader for reader in islice(command.downstream(), MAX_READERS) if reader.program in INTERPRETERS and not _given(reader)), None)
        if reader is not None:
            yield at(command, f"what {command.program} receives is run by {reader.program} unseen")
    elif any(_RUNS.search(text[:MAX_TEXT]) and _FETCHES.search(text[:MAX_TEXT]) for text in command.texts) and command.program in INTERPRETERS:
        yield at(command, f"{command.program} runs what it receives unseen")
    elif command.program in CALLERS and any(word.raw.startswith(("$(", '"$(', "`", '"`', "<(")) for word in command.arguments):
        for inner in command.inner:
            if inner.program in DOWNLOADERS and not inner.pipes_to:
                yield at(command, f"what {inner.program} receives is run by {command.program} unseen")


def _given(reader: Command) -> bool:
    """Tell whether an interpreter has a program of its own, so that what it reads is data: `python -c …`, `perl -ne …`, `node script.js`."""
    if reader.program in {"sh", "bash", "ash", "dash", "zsh", "ksh", "mksh"}:
        return reader.has("-c") or (bool(reader.operands) and not reader.has("-s") and reader.operands[0].text not in {"-", "/dev/stdin"})
    script = any(word.text not in {"-", "/dev/stdin"} for word in reader.operands)
    return script or reader.has("-c", "-e", "-n", "-p", "-m", "-r", "-E")


CHECK = DockerfileCheck(
    id="pipe-to-shell",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is something downloaded and run without being verified?",
    remedy="Download to a file, verify its sha256 or signature, then run it.",
    run=run,
    catches=(
        "RUN curl -s https://x.example/i.sh | sh",
        "RUN wget -qO- x.example/i | sudo bash -s -- -y",
        'RUN sh -c "$(curl -fsSL https://x.example/i.sh)"',
        "RUN bash <(curl -s https://x.example/i.sh)",
        "RUN bash -c 'set -e; curl x.example | tee /i | python3'",
        'RUN eval "$(wget -qO- x.example)"',
        "RUN <<EOF\nset -e\n(curl x.example || wget -O- x.example) | /bin/bash\nEOF",
        "ONBUILD RUN curl x.example | sh",
        "RUN python3 -c \"import urllib.request as u; exec(u.urlopen('https://x.example/i.py').read())\"",
        "RUN powershell -Command \"iex ((New-Object Net.WebClient).DownloadString('https://x.example/i.ps1'))\"",
        'SHELL ["pwsh", "-Command"]\nRUN irm https://x.example/i.ps1 | iex',
        "RUN php -r \"eval(file_get_contents('https://x.example/i'));\"",
    ),
    passes=(
        "RUN curl -so i.sh https://x.example/i.sh && sha256sum -c i.sum && sh i.sh",
        "RUN echo 'curl | sh'",
        "RUN python3 -c \"import urllib.request as u; print(u.urlopen('https://x.example/').status)\"",
        'SHELL ["pwsh", "-Command"]\nRUN Invoke-WebRequest https://x.example/x.zip -OutFile x.zip',
        "RUN curl https://x.example/list | python3 -c 'import json, sys; print(json.load(sys.stdin))'",
        "RUN curl https://x.example/key.asc | gpg --dearmor > /etc/apt/keyrings/x.gpg",
        "RUN curl https://x.example/x.tar.gz | tar xz",
        'RUN V="$(curl -s https://x.example/version)" && echo "$V"',
        "COPY <<EOF /readme\ncurl x.example | sh\nEOF",
    ),
)
