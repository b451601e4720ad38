"""Images made to break out when the engine starts them: by the engine's own program or its open files, reached through /proc/self."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.catalog.programs import PROGRAMS, programs
from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Config, Kind, Severity

_ENGINE = re.compile(r"(?:^|/)proc/(?:self|thread-self|[0-9]{1,7})/(?:task/[0-9]{1,7}/)?exe(?:$|/)")
_OPEN = re.compile(r"^(?:/|\.\./)*proc/(?:self|thread-self|[0-9]{1,7})/(?:fd|cwd|root)(?:$|/)")
MAX_STEPS = 40
"""Links followed, as the kernel does it (path_resolution(7))."""


def run(nodes: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to whatever leads to the program or the open files of who starts the container.

    CVE-2019-5736: the entrypoint, an interpreter or a library is /proc/self/exe, the engine's own program, which is then overwritten.
    CVE-2024-21626: the working directory is one of the engine's open files, a folder of the host.
    """
    config = tree.image.config
    for node in nodes:
        if _ENGINE.search(node.link):
            yield Hit(
                node.path, f"leads to {node.link}: whoever starts it starts the engine's own program, which can then be overwritten (CVE-2019-5736)"
            )
    for path, program in programs(tree).items():
        if _ENGINE.search(program.interpreter.partition(" ")[0]):
            yield Hit(path, "its interpreter is the program that starts the container: the engine's own (CVE-2019-5736)")
    for word in (*(config.entrypoint or ())[:1], *(config.cmd or ())[:1]):
        if _ENGINE.search(word):
            yield Hit("config:entrypoint", "the container starts the engine's own program (CVE-2019-5736)")
        elif _OPEN.match(word):
            yield Hit("config:entrypoint", "the container starts one of the engine's open files (CVE-2024-21626)")
    if _leads_out(config.working_dir, tree):
        yield Hit("config:working-dir", "the working directory is one of the engine's open files: a folder of the host (CVE-2024-21626)")


def _leads_out(path: str, tree: Tree) -> bool:
    """Tell whether a path leads into the open files of who starts the container, itself or by links."""
    done: list[str] = []
    todo = path.split("/")[:4096]
    for _ in range(MAX_STEPS):
        while todo:
            part = todo.pop(0)
            if part == "..":
                done = done[:-1]
            elif part not in ("", "."):
                done.append(part)
                node = tree.find("/".join(done))
                if node is not None and node.type == "l":
                    done = [] if node.link.startswith("/") else done[:-1]
                    todo = node.link.split("/") + todo
                    break
            if _OPEN.match("/".join(done)) and len(done) > 2:
                return True
        else:
            return False
    return False


CHECK = TreeCheck(
    id="engine-attack",
    revision="1",
    kind=Kind.MALWARE,
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    asks="Is the image made to attack the engine that starts it?",
    remedy="Do not start this image. Keep it for the investigation, find out who built it, and update runc (1.1.12 or newer).",
    run=run,
    select=Select(types="l", links="proc/"),
    keeps=(PROGRAMS,),
    catches=(
        Grove((Planted("app/start", type="l", link="/proc/self/exe"),)),
        Grove((Planted("usr/lib/libseccomp.so.2", type="l", link="../../proc/self/exe"),)),
        Grove((Planted("start.sh", b"#!/proc/self/exe\n", 0o755),)),
        Grove(config=Config(entrypoint=("/proc/self/exe",))),
        Grove(config=Config(working_dir="/proc/self/fd/8")),
        Grove(config=Config(working_dir="/x/../proc/self/fd/8/../../..")),
        Grove((Planted("job", type="l", link="/proc/self/fd/7/"),), Config(working_dir="/job/app")),
    ),
    passes=(
        Grove((Planted("dev/fd", type="l", link="/proc/self/fd"), Planted("dev/stdout", type="l", link="/proc/self/fd/1"))),
        Grove((Planted("etc/mtab", type="l", link="/proc/mounts"),), Config(entrypoint=("/app",), working_dir="/srv/proc/self/fd/8")),
        Grove((Planted("start.sh", b"#!/bin/sh\n", 0o755),)),
        Grove((Planted("a", type="l", link="b"), Planted("b", type="l", link="a")), Config(working_dir="/a")),
    ),
)
