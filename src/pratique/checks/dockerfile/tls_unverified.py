"""Without verifying the server's certificate, whoever sits on the way answers in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import MAX_TEXT, reached, targets
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Severity

_OFF = r"(?:0|false|no|off|none)"
_SWITCHES: dict[str, tuple[str, ...]] = {
    "curl": ("-k", "--insecure", "--proxy-insecure", "--doh-insecure"),
    "wget": ("--no-check-certificate",),
    "wget2": ("--no-check-certificate",),
    "http": ("--verify=no", "--verify=false"),
    "https": ("--verify=no", "--verify=false"),
    "aria2c": ("--check-certificate=false",),
    "fetch": ("--no-verify-peer",),
    "pip": ("--trusted-host",),
    "pip3": ("--trusted-host",),
    "uv": ("--allow-insecure-host", "--trusted-host"),
    "python": ("--trusted-host",),
    "python3": ("--trusted-host",),
    "go": ("-insecure", "--insecure"),
    "helm": ("--insecure-skip-tls-verify",),
    "oras": ("--insecure",),
    "crane": ("--insecure",),
    "skopeo": ("--src-tls-verify=false", "--tls-verify=false"),
    "apk": ("--no-check-certificate",),
    "microdnf": ("--setopt=sslverify=0", "--setopt=sslverify=false"),
}
"""Options that turn the check off, by program."""
_SETTINGS = re.compile(
    r"\b(?:http\.(?:https?://[^\s=]{1,200}\.)?sslVerify|strict-ssl|enableStrictSsl|ssl[-_]verify|ssl_verify_mode:?|sslverify|Verify-(?:Peer|Host)|secure-http)"
    rf"['\"]?(?:\s|=|:)\s?['\"]?{_OFF}\b"
    r"|StrictHostKeyChecking[= ](?:no|off)\b|\bdisable-tls\s+(?:true|1)\b|-SkipCertificateCheck\b|ServerCertificateValidationCallback",
    re.IGNORECASE,
)
"""The same as a setting of git, npm, yarn, conda, bundler, yum, apt, composer, ssh, PowerShell."""
_LITERALS = ("sslverify", "strict", "ssl_verify", "ssl-verify", "verify-", "secure-http", "disable-tls", "skipcertificatecheck", "validationcallback")
_VARIABLES = {
    "GIT_SSL_NO_VERIFY": re.compile(r"(?!0\Z|false\Z)\S", re.IGNORECASE),
    "NODE_TLS_REJECT_UNAUTHORIZED": re.compile(r"0\Z"),
    "PYTHONHTTPSVERIFY": re.compile(r"0\Z"),
    "NPM_CONFIG_STRICT_SSL": re.compile(r"(?:false|0)\Z", re.IGNORECASE),
    "YARN_ENABLE_STRICT_SSL": re.compile(r"(?:false|0)\Z", re.IGNORECASE),
    "PIP_TRUSTED_HOST": re.compile(r"\S"),
    "UV_INSECURE_HOST": re.compile(r"\S"),
    "GOINSECURE": re.compile(r"\S"),
    "HELM_KUBEINSECURE_SKIP_TLS_VERIFY": re.compile(r"(?:true|1)\Z", re.IGNORECASE),
    "DENO_TLS_CA_STORE": re.compile(r"\Z(?!)"),
}
"""The same as a variable; each with the values that turn the check off."""


def run(build: Build) -> Iterator[Hit]:
    """Object to options, settings and variables that turn off the verification of certificates or host keys, where the image is built or run."""
    for stage in build.stages:
        severity = reached(stage, Severity.HIGH)
        for instruction in stage.each("ENV", "ARG"):
            for pair, value in zip(instruction.pairs, stage.words(instruction), strict=False):
                if pair.value is not None and _off(pair.name.text, value.text):
                    yield at(pair, f"{pair.name.text} turns off the verification of certificates for every program that heeds it", severity)
        for instruction in stage.each("RUN", "CMD", "ENTRYPOINT"):
            for command in instruction.commands():
                yield from _judged(command, severity)


def _judged(command: Command, severity: Severity) -> Iterator[Hit]:
    for assignment in command.assignments:
        if _off(assignment.name, assignment.value.text):
            yield at(assignment, f"{assignment.name} turns off the verification of certificates", severity)
    if command.program == "export":
        for word in command.arguments:
            name, _, value = word.text.partition("=")
            if _off(name, value):
                yield at(word, f"{name} turns off the verification of certificates", severity)
    option = command.option(*_SWITCHES.get(command.program, ()))
    if option is not None:
        yield at(option, f"{command.program} does not verify who answers: {option.text.partition('=')[0]}", severity)
        return
    text = " ".join(command.texts)[:MAX_TEXT]
    lower = text.lower()
    if any(literal in lower for literal in _LITERALS) and (found := _SETTINGS.search(text)):
        if command.program in {"echo", "printf"} and not [*targets(command)]:
            return
        yield at(command, f"{found[0][:80]}: who answers is not verified", severity)


def _off(name: str, value: str) -> bool:
    pattern = _VARIABLES.get(name.upper() if name.lower().startswith("npm_config") else name)
    return pattern is not None and pattern.match(value) is not None


CHECK = DockerfileCheck(
    id="tls-unverified",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is the verification of certificates turned off?",
    remedy="Verify: install ca-certificates, or add the one certificate that is missing and name it (--cacert, --cert).",
    run=run,
    catches=(
        "RUN curl -k https://x.example/a -o /a",
        "RUN wget --no-check-certificate https://x.example/a",
        "RUN curl -fsSkL https://x.example/a | tar x",
        "RUN git -c http.sslVerify=false clone https://x.example/a",
        "ENV GIT_SSL_NO_VERIFY=1",
        "ENV NODE_TLS_REJECT_UNAUTHORIZED=0",
        "ENV PYTHONHTTPSVERIFY 0",
        "RUN npm config set strict-ssl false && npm ci",
        "RUN pip install --trusted-host pypi.example -r requirements.txt",
        "RUN git config --global http.sslVerify false",
        "RUN GIT_SSL_NO_VERIFY=true git clone https://x.example/a",
        "RUN echo 'sslverify=0' >> /etc/yum.conf",
        "ARG V=0\nENV NODE_TLS_REJECT_UNAUTHORIZED=$V",
        "RUN ssh -o StrictHostKeyChecking=no git@x.example true",
        "ONBUILD RUN curl --insecure -O https://x.example/a",
        "RUN export NODE_TLS_REJECT_UNAUTHORIZED=0 && npm ci",
    ),
    passes=(
        "RUN curl -fsSL https://x.example/a -o /a",
        "RUN curl --cacert /ca.pem -o k https://x.example/k",
        "ENV GIT_SSL_NO_VERIFY=0",
        "ENV NODE_TLS_REJECT_UNAUTHORIZED=1",
        "RUN npm config set strict-ssl true",
        "RUN echo use curl -k never",
        "RUN git config --global http.sslVerify true",
        "RUN tar -k -xf a.tar",
        "RUN cargo fetch --config http.check-revoke=false",
    ),
)
