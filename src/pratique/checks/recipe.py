"""What the steps of a Dockerfile do: what they install, fetch, verify and write; and how much of it reaches the image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from pratique.dockerfile.build import Build, BuildStage
from pratique.dockerfile.command import Command
from pratique.dockerfile.prefix import SHELLS
from pratique.dockerfile.substitute import Value
from pratique.dockerfile.syntax import Instruction, Span, Word
from pratique.model import Severity

RUNNING = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")
"""The instructions that hold commands."""
FETCHERS = frozenset({"curl", "wget", "wget2", "fetch", "aria2c", "axel", "lynx", "http", "https", "xh"})
"""Programs that receive a file from an address."""
INTERPRETERS = SHELLS | {"python", "python2", "python3", "perl", "ruby", "node", "php", "lua", "source", "."}
"""Programs that run the file that they are given."""
WEB = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
"""How an address begins."""
MAX_TEXT = 1 << 16
"""Characters of one word or line that a pattern looks at; the arguments of a command are at most 128 KiB (MAX_ARG_STRLEN)."""

MAX_READERS = 256
"""Commands behind each other in pipes that are looked at; a line of ten thousand would make the pairs quadratic."""

_PLAIN_VERIFIERS = re.compile(
    r"(?:sha\d{1,3}sum|sha\d{3}|md5sum|b2sum|b3sum|shasum|cksum|gpgv2?|cosign|minisign|signify|slsa-verifier|rpmkeys|Get-FileHash)\Z"
)
_INSTALLS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("apt-get", "apt", "aptitude", "yum", "dnf", "dnf5", "microdnf", "zypper", "tdnf"), frozenset({"install", "in", "reinstall"})),
    "apk": frozenset({"add"}),
    "pacman": frozenset(),
}
_VALUED = frozenset(
    {"-t", "--target-release", "-o", "-c", "--repo", "--repository", "-X", "--virtual", "-p", "--root", "--installroot", "--setopt", "-r"}
)
"""Options of package managers whose value is a word of its own."""


class Step(NamedTuple):
    """One command, where it stands."""

    stage: BuildStage
    instruction: Instruction
    command: Command


def steps(build: Build, *keywords: str) -> Iterator[Step]:
    """Yield every command of these instructions (RUN where none is named), those in ONBUILD too."""
    for stage in build.stages:
        for instruction in stage.each(*(keywords or ("RUN",))):
            for command in instruction.commands():
                yield Step(stage, instruction, command)


def reached(stage: BuildStage, severity: Severity) -> Severity:
    """Weigh what happens while a stage is built: less where nothing of the stage reaches the image."""
    return severity if stage.shipped or stage.used else min(severity, Severity.LOW)


def kept(stage: BuildStage, severity: Severity) -> Severity:
    """Weigh what a stage holds: less where its layers are not in the image."""
    return severity if stage.shipped else min(severity, Severity.LOW)


class Taken(NamedTuple):
    """One source of a COPY or ADD."""

    value: Value
    span: Span
    """Where it stands."""


def taken(stage: BuildStage, instruction: Instruction) -> tuple[Taken, ...]:
    """Return the sources of a COPY or ADD, in ONBUILD too; heredocs are none."""
    marked = {heredoc.span for heredoc in instruction.heredocs}
    found = [Taken(value, word.span) for word, value in zip(instruction.arguments, stage.words(instruction), strict=False) if word.span not in marked]
    return tuple(found[:-1])


def installs(command: Command) -> Iterator[Word]:
    """Yield the packages that a distribution's package manager is told to install, as they are written: `openssh-server=1:9.2`."""
    verbs = _INSTALLS.get(command.program)
    if verbs is None:
        return
    if command.program == "pacman":
        if any(text.startswith("-S") for text in command.texts):
            yield from command.operands
        return
    verb = False
    skip = False
    for word in command.arguments:
        if skip:
            skip = False
        elif word.text in _VALUED:
            skip = True
        elif word.text.startswith("-"):
            continue
        elif verb:
            yield word
        elif word.text in verbs:
            verb = True
        else:
            return


def package(word: Word) -> str:
    """Return a package's name without version, architecture and constraint."""
    return re.split(r"[=<>~:@]", word.text, maxsplit=1)[0].lower()


def verifies(command: Command) -> bool:
    """Tell whether a command compares a file with a checksum or a signature."""
    program = command.program
    if _PLAIN_VERIFIERS.match(program):
        return True
    match program:
        case "gpg" | "gpg2":
            return command.has("--verify", "--decrypt", "-d", "--verify-files")
        case "openssl":
            return command.subcommand in {"dgst", "sha256", "sha512", "smime", "cms"}
        case "rpm":
            return command.has("-K", "--checksig")
        case "apk" | "dscverify":
            return command.subcommand == "verify" or program == "dscverify"
        case "git":
            return command.subcommand in {"verify-commit", "verify-tag"}
    return any("hash_file" in text or "hashlib" in text for text in command.texts) and program.startswith(("php", "python"))


def addresses(command: Command) -> Iterator[Word]:
    """Yield the words of a command that are web addresses."""
    return (word for word in command.arguments if WEB.match(word.text))


def output(command: Command) -> str | None:
    """Return the file that a fetcher writes: of its option, its redirection or its address; None where it writes to a pipe or to nowhere known."""
    letter = {"curl": "o", "wget": "O", "wget2": "O", "aria2c": "o", "axel": "o"}.get(command.program, "")
    if not letter:
        return _redirected(command)
    words = command.arguments
    for index, word in enumerate(words):
        text = word.text
        name, equals, value = text.partition("=")
        if name in {"--output", "--output-document", "--out"}:
            return _file(value if equals else words[index + 1].text if index + 1 < len(words) else "")
        if text.startswith("-") and not text.startswith("--") and letter in text:
            _, _, rest = text.partition(letter)
            return _file(rest or (words[index + 1].text if index + 1 < len(words) else ""))
    if (file := _redirected(command)) is not None:
        return file
    if command.pipes_to or (command.program == "curl" and not command.has("-O", "--remote-name", "--remote-name-all")):
        return None
    return next((_file(word.text.partition("?")[0].rpartition("/")[2]) for word in addresses(command)), None)


def _redirected(command: Command) -> str | None:
    return next(
        (_file(redirect.target.text) for redirect in command.redirects if redirect.operator in _WRITES and redirect.descriptor in {None, 1}), None
    )


def _file(name: str) -> str | None:
    return name if name not in {"", "-", "/dev/stdout", "/dev/null", "/dev/fd/1"} else None


_WRITES = frozenset({">", ">>", ">|", "&>", "&>>"})


class Written(NamedTuple):
    """A text that a step puts into a file."""

    path: str
    text: str
    place: Command | Instruction


def written(stage: BuildStage) -> Iterator[Written]:
    """Yield what a stage's steps write: `echo … > file`, `cat <<EOF > file`, `… | tee file`, and the heredocs of COPY and ADD."""
    for instruction in stage.each("RUN", "COPY", "ADD"):
        if instruction.keyword == "RUN":
            for command in instruction.commands():
                if (text := said(command)) is not None:
                    yield from (Written(path, text, command) for path in targets(command))
        elif instruction.heredocs and (words := stage.words(instruction)):
            yield from (Written(words[-1].text, heredoc.body.value[:MAX_TEXT], instruction) for heredoc in instruction.heredocs)


def said(command: Command) -> str | None:
    """Return the text that a command puts out, where it is told in the command itself."""
    if command.program in {"echo", "printf"}:
        return " ".join(command.texts)[:MAX_TEXT].replace("\\n", "\n")
    for redirect in command.redirects:
        if redirect.body is not None:
            return redirect.body.value[:MAX_TEXT]
        if redirect.operator == "<<<":
            return redirect.target.text[:MAX_TEXT]
    return None


def targets(command: Command) -> Iterator[str]:
    """Yield the files that a command's output goes to, by redirection or by `tee`."""
    for writer in (command, *islice(command.downstream(), MAX_READERS)):
        yield from (redirect.target.text for redirect in writer.redirects if redirect.operator in _WRITES and redirect.descriptor in {None, 1})
        if writer.program == "tee":
            yield from (word.text for word in writer.operands)
