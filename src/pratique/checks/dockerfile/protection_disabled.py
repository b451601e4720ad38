"""Address randomisation, stack protection, seccomp and mandatory access control are what is left when a program has a fault."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import MAX_TEXT, reached, said, targets
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.dockerfile.syntax import Form, Instruction
from pratique.model import Confidence, Severity

_ANY = re.compile(
    r"randomize_va_space\s{0,4}=\s{0,4}0|ptrace_scope\s{0,4}=\s{0,4}0|-z[ ,]{0,2}(?:-Wl,)?execstack\b|-fno-stack-protector\b"
    r"|seccomp[=:]unconfined|apparmor[=:]unconfined"
    r"|label[=:]disable\b|SELINUX=(?:disabled|permissive)\b|--addr-no-randomize\b|-z,norelro\b|-U_FORTIFY_SOURCE\b"
)


def run(build: Build) -> Iterator[Hit]:
    """Object to commands, compiler options and variables that turn such a protection off."""
    for stage in build.stages:
        for instruction in stage.each("ENV", "ARG"):
            for pair, value in zip(instruction.pairs, stage.words(instruction), strict=False):
                if pair.name.text.endswith(("FLAGS", "OPTS")) and (found := _ANY.search(value.text[:MAX_TEXT])):
                    yield at(pair, f"{found[0]} turns off a protection", reached(stage, Severity.MEDIUM))
        for instruction in stage.each("RUN", "CMD", "ENTRYPOINT"):
            for command in instruction.commands():
                if reason := _judged(command, instruction):
                    yield at(command, reason, reached(stage, Severity.MEDIUM))


def _judged(command: Command, instruction: Instruction) -> str:
    if command.program == "setenforce" and command.subcommand in {"0", "Permissive"}:
        return "SELinux is turned off"
    if command.program == "execstack" and command.has("-s"):
        return "a program is given an executable stack"
    if "setarch" in command.via or command.program == "setarch" or {"linux64", "linux32"} & set(command.via):
        words = [word.text for word in instruction.arguments] if instruction.form is Form.EXEC else instruction.text.value[:MAX_TEXT].split()
        at_most = next((index for index, word in enumerate(words) if word.rpartition("/")[2] in {"setarch", "linux64", "linux32"}), len(words))
        return "addresses are not randomised (setarch -R)" if {"-R", "--addr-no-randomize"} & set(words[at_most : at_most + 4]) else ""
    if command.program in {"echo", "printf"} and not [*targets(command)]:
        return ""
    found = _ANY.search(" ".join(command.texts)[:MAX_TEXT])
    if found is None and command.program == "echo" and said(command) == "0":
        found = re.search(r"randomize_va_space|ptrace_scope", " ".join(targets(command)))
    return "" if found is None else f"{found[0]} turns off a protection"


CHECK = DockerfileCheck(
    id="protection-disabled",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Is a protection of the kernel or the compiler turned off?",
    remedy="Leave it on; where one program needs it off, say why beside it.",
    run=run,
    catches=(
        "RUN sysctl -w kernel.randomize_va_space=0",
        "RUN echo 0 > /proc/sys/kernel/randomize_va_space",
        "RUN gcc -fno-stack-protector -z execstack x.c",
        "ENV CFLAGS='-O2 -fno-stack-protector'",
        'CMD ["setarch", "x86_64", "-R", "/app"]',
        "RUN docker run --security-opt seccomp=unconfined x",
        "RUN setenforce 0",
    ),
    passes=(
        "RUN gcc -fstack-protector-strong x.c",
        "RUN sysctl -w kernel.randomize_va_space=2",
        "RUN setarch x86_64 make",
        "RUN echo seccomp=unconfined is bad",
        "ENV CFLAGS=-O2",
    ),
)
