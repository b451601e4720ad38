"""A secret that is written into the file is known to whoever can read it, and to whoever can pull the image."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import MAX_TEXT, kept
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Severity

_TOKENS = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{40,100}|\bglpat-[A-Za-z0-9_-]{20}|\bxox[abprs]-[A-Za-z0-9-]{20,200}"
    r"|\bsk_live_[A-Za-z0-9]{20,100}|\bAIza[A-Za-z0-9_-]{35}|\bnpm_[A-Za-z0-9]{36}\b|\bpypi-AgEI[A-Za-z0-9_-]{40,300}|\bhf_[A-Za-z0-9]{34}\b|\bdckr_pat_[A-Za-z0-9_-]{20,60}"
    r"|-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----|(?<![\w.-])eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,2000}"
)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@$'\"]{0,100}:([^\s:/@$'\"{}<>]{3,200})@")
_OPTIONS = re.compile(
    r"(?:--(?:password|passwd|token|api-?key|secret|auth-?token)(?:=|\Z)|_authToken=|_auth=|_password=|(?:Authorization|PRIVATE-TOKEN|X-Api-Key):)",
    re.IGNORECASE,
)
_VALUE = re.compile(r"\s?(?:(?:Bearer|Basic|token)\s)?['\"]?(?!(?:Bearer|Basic|token)\s)([^\s'\"$<{]{4,4000})", re.IGNORECASE)
_MODEL = re.compile(r"example|changeme|x{4}|your|placeholder|dummy|\*{3}|\A(?:true|false|none|null|stdin)\Z", re.IGNORECASE)
_CREDENTIALS = {
    "curl": ("-u", "--user"),
    "wget": ("--password", "--http-password"),
    "sshpass": ("-p",),
    "docker": ("-p", "--password"),
    "mysql": ("--password",),
}


def run(build: Build) -> Iterator[Hit]:
    """Object to tokens of known form, private keys, addresses with a password, and literal values of options for passwords. None is ever shown."""
    for instruction in build.dockerfile.instructions:
        stage = build.stages[instruction.stage] if 0 <= instruction.stage < len(build.stages) else None
        severity = Severity.HIGH if stage is None else kept(stage, Severity.HIGH)
        if stage is not None and not stage.shipped:
            severity = Severity.MEDIUM
        text = instruction.text.value[:MAX_TEXT]
        bodies = [heredoc.body.value[:MAX_TEXT] for heredoc in instruction.heredocs]
        if any(_TOKENS.search(part) for part in (text, *bodies)):
            yield at(instruction, "a token or a private key is written here", severity)
        elif (found := _URL.search(text)) and not _MODEL.search(found[0]):
            yield at(instruction, "an address with a password is written here", severity)
        else:
            for one in (instruction, instruction.trigger):
                for command in one.commands() if one is not None else ():
                    if _given(command):
                        yield at(command, f"{command.program} is given a password or a token that is written here", severity)


def _given(command: Command) -> bool:
    value = command.value(*_CREDENTIALS.get(command.program, ("\0",)))
    if command.program == "curl" and value is not None and ":" not in value:
        value = None
    if command.program == "docker" and command.subcommand != "login":
        value = None
    if value is not None and "$" not in value and "<" not in value and len(value) > 3 and not _MODEL.search(value):
        return True
    for index, word in enumerate(command.arguments):
        found = _OPTIONS.search(word.text[:MAX_TEXT])
        if found is None or (word.text.startswith("-") and not word.text.startswith("--")):
            continue
        rest = word.text[found.end() :] or (
            command.arguments[index + 1].text if found.end() == len(word.text) and index + 1 < len(command.arguments) else ""
        )
        literal = _VALUE.match(rest)
        if literal is not None and rest[literal.end() : literal.end() + 1] in {"$", "<", "{"}:
            literal = None
        if literal is not None and not rest.startswith("-") and not literal[1].startswith("/run/secrets") and not _MODEL.search(literal[1]):
            return command.program not in {"grep", "sed"}
    return False


CHECK = DockerfileCheck(
    id="secret-written",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is a secret written into the Dockerfile?",
    remedy="Revoke it, and give the new one to the step that needs it: RUN --mount=type=secret,id=….",
    run=run,
    catches=(
        "RUN git clone https://user:s3cretpw@git.example/x.git",
        "RUN curl -u admin:hunter2 https://x.example/",
        "RUN npm config set //npm.example/:_authToken=0a1b2c3d4e5f",
        "RUN sshpass -p hunter2 ssh x",
        "RUN curl -H 'Authorization: Bearer 0a1b2c3d4e5f' https://x.example/",
        f"ENV K=ghp_{'a1B2' * 9}",
        "RUN tool login --password=hunter2",
        f"LABEL a=AKIA{'B7' * 8}",
        "COPY <<EOF /k\n-----BEGIN RSA PRIVATE KEY-----\nx\nEOF",
        f"ARG T=glpat-{'a1B2c' * 4}",
        "RUN docker login -u x -p hunter2 r.example",
    ),
    passes=(
        'RUN curl -u "$U:$P" https://x.example/',
        "RUN git clone https://$USER:$TOKEN@git.example/x",
        "RUN npm config set //npm.example/:_authToken=$TOKEN",
        'RUN curl -H "Authorization: Bearer $(cat /run/secrets/t)" https://x.example/',
        "RUN echo 'use --password=<password>'",
        "RUN curl -u admin https://x.example/",
        "ENV U=https://user:$P@x.example/",
        "RUN tool login --password-stdin < /run/secrets/t",
        "RUN ./configure --password=/run/secrets/x",
    ),
)
