"""A secret mount is gone after its step; what the step writes of it stays in the layer."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import kept, targets
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Severity

_FOLDER = "/run/secrets/"


def run(build: Build) -> Iterator[Hit]:
    """Object to steps that copy a mounted secret, or write its text, into a file that the same step does not remove."""
    for stage in build.stages:
        for instruction in stage.each("RUN"):
            mounts = [flag.fields for flag in instruction.all("mount") if flag.fields.get("type") in {"secret", "ssh"}]
            paths = {fields.get("target", fields.get("dst", fields.get("destination", f"{_FOLDER}{fields.get('id', '')}"))) for fields in mounts} - {
                _FOLDER
            }
            names = {fields["env"] for fields in mounts if fields.get("env")}
            caches = tuple(
                fields.get("target", "\0") for flag in instruction.all("mount") if (fields := flag.fields).get("type") in {"cache", "tmpfs"}
            )
            commands = instruction.commands()
            removed = {word.text for command in commands if command.program in {"rm", "shred", "unlink"} for word in command.operands}
            for command in commands:
                if not _reads(command, paths, names):
                    continue
                for target in (*_copied(command), *targets(command)):
                    if target not in removed and not target.startswith(("/dev/", *paths, *caches)) and not _stays_out(target):
                        yield at(
                            command, f"a secret that was mounted is written to {target[:100]}, and stays in the layer", kept(stage, Severity.HIGH)
                        )
                        break


def _reads(command: Command, paths: set[str], names: set[str]) -> bool:
    words = [*command.arguments, *(redirect.target for redirect in command.redirects if redirect.operator == "<")]
    if any(path in word.text for word in words for path in (_FOLDER, *paths)):
        return True
    if any(redirect.body is not None and any(path in redirect.body.value for path in (_FOLDER, *paths)) for redirect in command.redirects):
        return True
    return any(f"${name}" in word.raw or f"${{{name}" in word.raw for word in words if word.expands for name in names)


def _copied(command: Command) -> tuple[str, ...]:
    return (command.operands[-1].text,) if command.program in {"cp", "mv", "install", "rsync", "dd"} and len(command.operands) > 1 else ()


def _stays_out(target: str) -> bool:
    return target.startswith(("/run/secrets", "/dev/"))


CHECK = DockerfileCheck(
    id="secret-kept",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is a mounted secret kept in a layer?",
    remedy="Let the program read the secret where it is mounted, or remove what is written in the same RUN.",
    run=run,
    catches=(
        "RUN --mount=type=secret,id=npm cp /run/secrets/npm /root/.npmrc && npm ci",
        "RUN --mount=type=secret,id=k cat /run/secrets/k > /root/.netrc",
        "RUN --mount=type=secret,id=k,target=/k.pem cp /k.pem /etc/ssl/k.pem",
        'RUN --mount=type=secret,id=t echo "//x.example/:_authToken=$(cat /run/secrets/t)" > .npmrc && npm ci',
        'RUN --mount=type=secret,id=t,env=TOKEN echo "machine x password $TOKEN" >> ~/.netrc',
    ),
    passes=(
        "RUN --mount=type=secret,id=npm,target=/root/.npmrc npm ci",
        "RUN --mount=type=secret,id=t TOKEN=$(cat /run/secrets/t) npm ci",
        "RUN --mount=type=secret,id=n cp /run/secrets/n .npmrc && npm ci && rm .npmrc",
        "RUN --mount=type=secret,id=t curl -H @/run/secrets/t https://x.example/ > /dev/null",
    ),
)
