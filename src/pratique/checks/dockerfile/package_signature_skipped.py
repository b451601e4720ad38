"""A package manager that does not verify signatures installs whatever the mirror, or whoever stands before it, hands over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import MAX_TEXT, reached, said, targets
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Severity

_OPTIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("apt-get", "apt", "aptitude"),
        ("--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories", "--allow-downgrade-to-insecure-repositories"),
    ),
    "apk": ("--allow-untrusted",),
    **dict.fromkeys(("yum", "dnf", "dnf5", "microdnf", "tdnf"), ("--nogpgcheck", "--no-gpgchecks", "--no-gpg-checks")),
    "zypper": ("--no-gpg-checks", "--allow-unsigned-rpm", "-G", "--no-gpgcheck"),
    "rpm": ("--nosignature", "--nodigest", "--noverify"),
    "dpkg": ("--force-bad-verify",),
    "pkg_add": ("-D unsigned",),
    "gem": ("--trust-policy=NoSecurity",),
}
_SETTINGS = re.compile(
    r"\[[^\[\]\n]{0,200}\b(?:trusted=yes|allow-insecure=yes)\b|\b(?:repo_|local)?(?:pkg_)?gpgcheck\s?=\s?(?:0|false|no)\b|\bSigLevel\s?=\s?Never\b"
    r"|^Trusted:\s?yes\b|\bAPT::Get::AllowUnauthenticated[= \"]{1,3}(?:true|1|yes)|\bAcquire::AllowInsecureRepositories[= \"]{1,3}(?:true|1|yes)"
    r"|\bAcquire::Check-Valid-Until[= \"]{1,3}(?:false|0|no)\b",
    re.IGNORECASE | re.MULTILINE,
)
"""The same as a setting: of apt's sources and configuration, of yum's repositories, of pacman."""
_LITERALS = ("trusted", "insecure", "gpgcheck", "siglevel", "unauthenticated", "valid-until")


def run(build: Build) -> Iterator[Hit]:
    """Object to options and settings by which apt, apk, yum, dnf, zypper, rpm, pacman or Go take packages that nobody signed."""
    for stage in build.stages:
        severity = reached(stage, Severity.HIGH)
        for instruction in stage.each("RUN", "COPY", "ENV"):
            if instruction.keyword == "RUN":
                for command in instruction.commands():
                    yield from _judged(command, severity)
            for heredoc in instruction.heredocs if instruction.keyword == "COPY" else ():
                if found := _setting(heredoc.body.value[:MAX_TEXT]):
                    yield at(heredoc, f"{found}: packages are not verified", severity)
            for pair, value in zip(instruction.pairs, stage.words(instruction), strict=False):
                if (pair.name.text, value.text) in {("GOSUMDB", "off"), ("GONOSUMCHECK", "1"), ("GOFLAGS", "-insecure")}:
                    yield at(pair, f"{pair.name.text}: the checksums of modules are not verified", severity)


def _judged(command: Command, severity: Severity) -> Iterator[Hit]:
    option = command.option(*_OPTIONS.get(command.program, ()))
    if option is not None:
        yield at(option, f"{command.program} takes packages unverified: {option.text[:80]}", severity)
        return
    text = said(command)
    text = " ".join(_replacement(word) if command.program == "sed" else word for word in command.texts)[:MAX_TEXT] if text is None else text
    if found := _setting(text):
        if command.program in {"echo", "printf", "cat", "tee"} and not [*targets(command)]:
            return
        if command.program == "grep":
            return
        yield at(command, f"{found}: packages are not verified", severity)


def _replacement(text: str) -> str:
    """Return what a `s/from/to/` of sed puts in place of what it finds."""
    parts = text.split(text[1]) if text.startswith("s") and len(text) > 4 else [text]
    return parts[2] if len(parts) > 3 else text


def _setting(text: str) -> str:
    lower = text.lower()
    found = _SETTINGS.search(text) if any(literal in lower for literal in _LITERALS) else None
    local = found is not None and text[found.end() : found.end() + 64].partition("]")[2].lstrip().startswith(("file:", "copy:"))
    return "" if found is None or local else found[0].strip("[")[:80]


CHECK = DockerfileCheck(
    id="package-signature-skipped",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Are packages installed without verifying their signature?",
    remedy="Add the repository's key (signed-by=…, /etc/apk/keys, rpm --import) and leave the verification on.",
    run=run,
    catches=(
        "RUN apt-get install -y --allow-unauthenticated x",
        "RUN apk add --no-cache --allow-untrusted /x.apk",
        "RUN yum install -y --nogpgcheck x",
        "RUN zypper --no-gpg-checks install -y x",
        "RUN echo 'deb [trusted=yes] https://x.example/ stable main' > /etc/apt/sources.list.d/x.list",
        "RUN rpm -i --nosignature https://x.example/x.rpm",
        "RUN printf '[x]\\nbaseurl=https://x.example\\ngpgcheck=0\\n' > /etc/yum.repos.d/x.repo",
        "COPY <<EOF /etc/yum.repos.d/x.repo\n[x]\ngpgcheck=0\nEOF",
        "RUN dnf --setopt=gpgcheck=0 install -y x",
        "RUN cat <<EOF > /etc/apt/sources.list.d/x.list\ndeb [arch=amd64 trusted=yes] https://x.example x y\nEOF",
        "RUN sed -i 's/gpgcheck=1/gpgcheck=0/' /etc/yum.conf",
        "RUN apt-get -o APT::Get::AllowUnauthenticated=true install -y x",
        "ENV GOSUMDB=off",
        "RUN echo 'deb [trusted=yes] http://x.example/ ./' | tee /etc/apt/sources.list.d/x.list",
    ),
    passes=(
        'RUN echo "deb [ trusted=yes ] file://$TMP ./" > /etc/apt/sources.list.d/own.list',
        "RUN apt-get install -y --no-install-recommends x",
        "RUN echo 'deb [signed-by=/k.gpg] https://x.example/ stable main' > /etc/apt/sources.list.d/x.list",
        "RUN printf 'gpgcheck=1\\n' > /etc/yum.repos.d/x.repo",
        "RUN echo never use trusted=yes or gpgcheck=0",
        "RUN rpm --import https://x.example/key && rpm -K x.rpm && rpm -i x.rpm",
        "RUN sed -i 's/gpgcheck=0/gpgcheck=1/' /etc/yum.conf",
    ),
)
