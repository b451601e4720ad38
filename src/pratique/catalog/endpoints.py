"""With whom the programs of an image may speak: hosts in the URLs of scripts and binaries, onion names, pool protocols.

What a container really speaks with is seen when it runs; this is what can be held against it. Of a URL only scheme, host and port are told:
its path and query may be a secret. Its path is kept as a hash, so that an indicator that names a whole URL still finds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b

from pratique.catalog.observer import Fact, Member, Observer, Sweep
from pratique.model import Mark

RULE = "endpoint"
"""The rule of the Marks: no check of its own, for to name a host is no fault."""
MAX_OF_FILE = 100
"""Hosts told of one file."""
MAX_OF_LAYER = 20_000
REACH = 320
"""Bytes behind a sign within which the rest of it stands."""
SCRIPTS = (".sh", ".py", ".pl", ".rb", ".php", ".js", ".mjs", ".lua", ".ps1", ".service", ".conf", ".json", ".yaml", ".yml", ".toml", ".ini", ".env")
_URL = re.compile(
    rb"(https?|wss?|ftp|tcp|udp|socks5h?|stratum[12]?(?:\+(?:tcp|ssl|tls|udp))?)://(?:[^\s/@\"'<>]{1,100}@)?"
    rb"([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?)(:\d{1,5})?(/[^\s\"'<>?#\\`|{}\x00-\x1f\x7f-\xff]{0,240})?"
)
_ONION = re.compile(rb"(?<![a-z2-7])(?:[a-z2-7]{16}|[a-z2-7]{56})\.onion(?![a-z0-9])")
_DEVICE = re.compile(rb"/dev/(?:tcp|udp)/([A-Za-z0-9_.-]{3,253})/(\d{1,5})")
SIGNS = ((b"://", 32), (b".onion", 64), (b"/dev/tcp/", 0), (b"/dev/udp/", 0))
"""What is looked for first, and how many bytes before it belong to it."""


class Endpoints(Sweep):
    """Collects the hosts that files name."""

    def __init__(self) -> None:
        self._facts: list[Fact] = []
        self._path = ""
        self._known = ""
        self._rest = b""
        self._hosts: dict[tuple[str, str], None] = {}

    def begin(self, member: Member) -> None:
        """As of `Sweep`."""
        self._path, self._rest, self._hosts = member.path, b"", {}
        self._known = "yes" if member.path.lower().endswith(SCRIPTS) else ""

    def feed(self, block: bytes | memoryview) -> None:
        """As of `Sweep`."""
        if not self._known:
            self._known = "yes" if bytes(block[:4]).startswith((b"\x7fELF", b"#!")) else "no"
        if self._known == "no" or len(self._hosts) >= MAX_OF_FILE:
            return
        data = b"".join((self._rest, block))
        for sign, before in SIGNS:
            at = data.find(sign)
            while at >= 0 and len(self._hosts) < MAX_OF_FILE:
                self._look(data[max(0, at - before) : at + REACH])
                at = data.find(sign, at + len(sign))
        self._rest = data[-REACH:]

    def _look(self, near: bytes) -> None:
        if url := _URL.search(near):
            scheme, host = url[1].decode(), url[2].decode().lower().rstrip(".")
            if "." in host:
                port = (url[3] or b"").decode()
                self._hosts[f"{scheme}://{host}{port}", hashed(host, (url[4] or b"").decode())] = None
        elif onion := _ONION.search(near):
            self._hosts[onion[0].decode(), ""] = None
        elif device := _DEVICE.search(near):
            self._hosts[f"tcp://{device[1].decode().lower()}:{device[2].decode()}", ""] = None

    def end(self) -> None:
        """As of `Sweep`."""
        room = max(0, MAX_OF_LAYER - len(self._facts))
        self._facts += [Mark(RULE, self._path, endpoint, secret=path) for endpoint, path in list(self._hosts)[:room]]

    def close(self) -> Iterator[Fact]:
        """As of `Sweep`."""
        return iter(self._facts)


def hashed(host: str, path: str) -> str:
    """Return the hash of host and path of a URL; empty where it has no path."""
    if path in ("", "/"):
        return ""
    return blake2b(f"{host}{path}".lower().encode(), key=b"pratique/endpoint", digest_size=12).hexdigest()


def host_of(endpoint: str) -> str:
    """Return the host of an endpoint as it is told: `https://a.example:8443` → `a.example`."""
    return endpoint.rpartition("://")[2].partition(":")[0]


OBSERVER = Observer(RULE, "1", (), sweep=Endpoints)
