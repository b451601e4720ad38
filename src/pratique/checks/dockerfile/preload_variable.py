"""A variable that loads code into every process makes one writable file enough to own them all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import MAX_TEXT, kept, written
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_ALWAYS = frozenset(
    [
        "LD_AUDIT",
        "LD_PRELOAD",
        "GCONV_PATH",
        "PERL5OPT",
        "RUBYOPT",
        "PYTHONSTARTUP",
        "PYTHONINSPECT",
        "BASH_ENV",
        "PROMPT_COMMAND",
        "NODE_OPTIONS",
        "JAVA_TOOL_OPTIONS",
        "_JAVA_OPTIONS",
        "JDK_JAVA_OPTIONS",
        "GIT_SSH_COMMAND",
        "GIT_EXTERNAL_DIFF",
        "DYLD_INSERT_LIBRARIES",
    ]
)
_LOADS = re.compile(
    r"--(?:require|import|loader|experimental-loader|inspect)\b|(?:^|\s)-r[\s/.]|-javaagent:|-agentlib:|-agentpath:|-Xrunjdwp|-XX:OnError|-XX:OnOutOfMemoryError"
)
_OPTIONS = frozenset({"NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"})
_ALLOCATORS = re.compile(r"(?:\S{0,200}/)?lib(?:jemalloc|tcmalloc\w{0,20}|mimalloc|snmalloc|hardened_malloc)[-.\w]{0,40}\Z")
_PATHS = frozenset({"PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "NODE_PATH", "PERL5LIB", "RUBYLIB"})
_OPEN = ("/tmp", "/var/tmp", "/dev/shm", ".", "..")  # noqa: S108 - what others may write is what this check is about


def run(build: Build) -> Iterator[Hit]:
    """Object to variables that load code everywhere (not an allocator), to search paths through folders that all may write, and to ld.so.preload."""
    for stage in build.stages:
        severity = kept(stage, Severity.MEDIUM)
        for instruction in stage.each("ENV"):
            for pair, value in zip(instruction.pairs, stage.words(instruction), strict=False):
                if reason := _judged(pair.name.text, value.text[:MAX_TEXT]):
                    yield at(pair, reason, severity)
        for text in written(stage):
            if text.path == "/etc/ld.so.preload":
                yield at(text.place, "a library is loaded into every process: /etc/ld.so.preload", kept(stage, Severity.HIGH))


def _judged(name: str, value: str) -> str:
    if name in _PATHS:
        parts = value.split(":")
        found = next((part for part in parts if part.rstrip("/") in _OPEN or part.startswith(tuple(f"{folder}/" for folder in _OPEN[:3]))), None)
        if found is not None:
            return f"{name} leads through {found[:80]}, where others may put a file"
        return (
            f"{name} has an empty part, which means the current folder"
            if name != "PYTHONPATH" and len(parts) > 1 and "" in parts[:-1] and value[0] == ":"
            else ""
        )
    if name not in _ALWAYS or not value or (name in _OPTIONS and not _LOADS.search(value)):
        return ""
    if name == "LD_PRELOAD" and all(_ALLOCATORS.match(part) for part in value.replace(":", " ").split()):
        return ""
    return f"{name} loads or runs code in every process that heeds it"


CHECK = DockerfileCheck(
    id="preload-variable",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does a variable load code into every process?",
    remedy="Give it to the one program that needs it, in its own command.",
    run=run,
    catches=(
        "ENV LD_PRELOAD=/usr/lib/x.so",
        "ENV NODE_OPTIONS=--require=/x.js",
        "ENV PATH=.:/usr/bin:/bin",
        "ENV LD_LIBRARY_PATH=/tmp/lib",
        "ENV BASH_ENV=/x.sh",
        "ENV JAVA_TOOL_OPTIONS=-javaagent:/x.jar",
        "RUN echo /usr/lib/x.so > /etc/ld.so.preload",
        "ENV LD_AUDIT /x.so",
        "ENV NODE_OPTIONS='--inspect=0.0.0.0:9229'",
    ),
    passes=(
        "ENV LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2",
        "ENV NODE_OPTIONS=--max-old-space-size=4096",
        "ENV PATH=/opt/x/bin:$PATH",
        "ENV JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75",
        "ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64",
        "ENV LD_LIBRARY_PATH=/opt/lib:$LD_LIBRARY_PATH",
    ),
)
