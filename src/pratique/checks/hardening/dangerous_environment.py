"""Variables by which a loader or an interpreter takes code from elsewhere, or stops verifying whom it talks to: every process inherits them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.catalog.tree import Node, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Config, Kind, Severity

INJECTED = frozenset({"LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES"})
"""Libraries loaded into every process: ld.so(8)."""
SEARCHED = frozenset({"PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "NODE_PATH", "PERL5LIB", "RUBYLIB", "GOPATH", "CLASSPATH"})
"""Folders in which programs, libraries and modules are looked for."""
UNVERIFIED = {
    "NODE_TLS_REJECT_UNAUTHORIZED": re.compile(r"0"),
    "PYTHONHTTPSVERIFY": re.compile(r"0"),
    "GIT_SSL_NO_VERIFY": re.compile(r"(?i)(?!0$|false$).+"),
    "CURL_INSECURE": re.compile(r"(?i)(?!0$|false$).+"),
    "GOINSECURE": re.compile(r".+"),
    "GONOSUMCHECK": re.compile(r"(?!0$).+"),
    "GOFLAGS": re.compile(r".*-insecure.*"),
    "PIP_TRUSTED_HOST": re.compile(r".+"),
    "NPM_CONFIG_STRICT_SSL": re.compile(r"(?i)false"),
    "npm_config_strict_ssl": re.compile(r"(?i)false"),
}
OPTIONS = {
    "NODE_OPTIONS": re.compile(r"--(?:inspect|require|import|loader|experimental-loader)\b|(?:^|\s)-r\s"),
    "JAVA_TOOL_OPTIONS": re.compile(r"-agentlib:jdwp|-Xrunjdwp|-Dcom\.sun\.management\.jmxremote\.authenticate=false"),
    "JDK_JAVA_OPTIONS": re.compile(r"-agentlib:jdwp|-Xrunjdwp"),
    "PYTHONSTARTUP": re.compile(r".+"),
    "BASH_ENV": re.compile(r".+"),
    "PROMPT_COMMAND": re.compile(r".+"),
}
PROXIES = frozenset({"http_proxy", "https_proxy", "ftp_proxy", "all_proxy"})
_USERINFO = re.compile(r"://[^/@\s]+@")
WRITABLE = 0o002
SHARED = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - named, not used
MAX_FOLDERS = 64
"""Folders of one variable that are looked at."""


def run(_: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to each variable that lets others in; its value is not told, for it may hold a secret."""
    for variable in tree.image.config.env:
        name, value = variable.partition("=")[::2]
        if name in INJECTED and value.strip():
            yield Hit(f"config:env:{name}", f"{name} loads a library into every process", severity=_brought(tree, value))
        elif name in SEARCHED and value:
            for why in _open(tree, value, name):
                yield Hit(f"config:env:{name}", f"{name} {why}")
        elif name in UNVERIFIED and UNVERIFIED[name].fullmatch(value.strip()):
            yield Hit(f"config:env:{name}", f"{name} switches off the verification of whom one talks to")
        elif name in OPTIONS and OPTIONS[name].search(value):
            yield Hit(f"config:env:{name}", f"{name} takes in code, or lets a debugger in, at every start", severity=Severity.LOW)
        elif name.lower() in PROXIES and _USERINFO.search(value):
            yield Hit(f"config:env:{name}", f"{name} holds the credentials of a proxy", severity=Severity.HIGH)


def _brought(tree: Tree, value: str) -> Severity | None:
    """Rate a library that a package of the distribution brought, such as jemalloc: it is common and less of a danger."""
    paths = [path for word in re.split(r"[\s:]+", value) if word and (path := tree.resolve(word.lstrip("/"))) is not None]
    return Severity.LOW if paths and len(tree.owners(paths)) == len(set(paths)) else None


def _open(tree: Tree, value: str, name: str) -> Iterator[str]:
    folders = value.split(":")[:MAX_FOLDERS]
    if name != "CLASSPATH" and any(not folder for folder in folders):
        yield "has an empty part, which is the folder one happens to be in"
    for folder in folders:
        if folder and not folder.startswith(("/", "$")):
            yield f"searches the relative folder {folder[:80]}"
        elif folder and _writable(tree, folder):
            yield f"searches {folder[:80]}, where everyone may write"


def _writable(tree: Tree, folder: str) -> bool:
    if folder.rstrip("/") in SHARED or folder.startswith(tuple(f"{shared}/" for shared in SHARED)):
        return True
    path = tree.resolve(folder.strip("/"))
    node = tree.find(path) if path else None
    return node is not None and node.type == "d" and bool(node.mode & WRITABLE)


def _env(*env: str) -> Grove:
    return Grove(config=Config(env=env))


CHECK = TreeCheck(
    id="dangerous-environment",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Do variables of the image take in code from elsewhere, or switch verification off?",
    remedy="Remove the ENV; set what one command needs for that command alone, and list only folders that root owns.",
    run=run,
    catches=(
        _env("LD_PRELOAD=/opt/x.so"),
        _env("LD_LIBRARY_PATH=/opt/lib:"),
        _env("PATH=.:/usr/bin"),
        _env("PYTHONPATH=/tmp/modules"),
        _env("NODE_OPTIONS=--inspect=0.0.0.0:9229"),
        _env("NODE_TLS_REJECT_UNAUTHORIZED=0"),
        _env("https_proxy=http://user:***@proxy:3128"),
        Grove((Planted("opt/lib", mode=0o777, type="d"),), Config(env=("LD_LIBRARY_PATH=/opt/lib",))),
    ),
    passes=(
        _env("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"),
        _env("PYTHONPATH=/app", "NODE_OPTIONS=--max-old-space-size=512", "https_proxy=http://proxy:3128", "LD_PRELOAD="),
        _env("GIT_SSL_NO_VERIFY=false", "NODE_TLS_REJECT_UNAUTHORIZED=1", "LD_LIBRARY_PATH=/usr/local/nvidia/lib:/usr/local/nvidia/lib64"),
    ),
)
