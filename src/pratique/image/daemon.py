"""An image in a Docker engine, over its socket: exported as `docker save` does, then read as an archive.

https://docs.docker.com/reference/api/engine/ (`GET /images/{name}/json`, `GET /images/{name}/get`).
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec

from pratique.errors import EngineUnreachable, InvalidInput, Refused
from pratique.image.archive import open_archive
from pratique.image.location import Location
from pratique.image.opened import Opened, Progress
from pratique.image.reference import is_digest

if TYPE_CHECKING:
    import httpx2

SOCKET = "/var/run/docker.sock"
CONNECT_SECONDS = 10.0
READ_SECONDS = 300.0
"""An engine packs a layer before it sends its first byte."""
MAX_ANSWER = 4 << 20


class Inspected(msgspec.Struct, rename="pascal"):
    """What the engine says of an image."""

    id: str = ""
    repo_tags: list[str] | None = None
    repo_digests: list[str] | None = None


def open_daemon(location: Location, *, asked: str | None, machine: str, environ: Mapping[str, str], progress: Progress | None = None) -> Opened:
    """Open an image of the engine. Raises `EngineUnreachable`, `Refused` for an image it does not have, `Corrupt`."""
    import httpx2

    name = str(location.reference) if location.reference else location.identifier
    with _client(environ) as client:
        try:
            inspected = _inspect(client, name)
            with client.stream("GET", f"/images/{quote(name, safe='/:@')}/get") as response:
                if response.status_code != 200:
                    raise EngineUnreachable(f"The engine answered with status {response.status_code} when asked for {name}.", "See the engine's log.")
                # By its ID: of several tags the engine may export all.
                chosen = replace(location, scheme="archive", path=None, digest=inspected.id if is_digest(inspected.id) else "")
                try:
                    opened = open_archive(chosen, asked=asked, machine=machine, progress=progress, stream=response.iter_raw(), source="docker")
                except InvalidInput:
                    if asked is not None:
                        raise
                    raise EngineUnreachable(
                        f"The engine exports another image than it has as {name}.", "Save it by `docker save` and scan the archive."
                    ) from None
        except httpx2.TransportError as error:
            raise EngineUnreachable(
                f"The connection to the engine broke: {str(error)[:200]}.", "Check that it runs, and that you may use its socket."
            ) from None
    digests = opened.image.digests
    if digests.manifest is None and location.reference is not None:
        digests = replace(digests, manifest=_manifest(inspected.repo_digests or [], location.reference.name))
    opened.image = replace(opened.image, reference=f"docker:{name}", tags=tuple(inspected.repo_tags or ()), digests=digests)
    return opened


def _inspect(client: httpx2.Client, name: str) -> Inspected:
    with client.stream("GET", f"/images/{quote(name, safe='/:@')}/json") as response:
        if response.status_code == 404:
            raise Refused(f"The engine has no image {name}.", f"See `docker images`; if a registry has it, write registry:{name}")
        data = bytearray()
        for block in _bounded(response.iter_raw(), name):
            data += block
        if response.status_code != 200:
            raise EngineUnreachable(f"The engine answered with status {response.status_code} when asked for {name}.", "See the engine's log.")
    try:
        return msgspec.json.decode(bytes(data), type=Inspected)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise EngineUnreachable(f"The engine's answer cannot be read: {str(error)[:200]}.", "Check that DOCKER_HOST names a Docker engine.") from None


def _bounded(blocks: Iterator[bytes], name: str) -> Iterator[bytes]:
    count = 0
    for block in blocks:
        count += len(block)
        if count > MAX_ANSWER:
            raise EngineUnreachable(f"The engine says more than {MAX_ANSWER} bytes of {name}.", "Check that DOCKER_HOST names a Docker engine.")
        yield block


def _manifest(repo_digests: list[str], repository: str) -> str | None:
    """Return the digest by which the engine pulled the image from this repository, where that is clear.

    The engine's word, not verified: an image built or loaded locally has none, and one pulled from several places has several.
    """
    short = repository.removeprefix("docker.io/").removeprefix("library/")
    found = {
        digest
        for entry in repo_digests
        for name, _, digest in [entry.partition("@")]
        if name in {repository, short, repository.removeprefix("docker.io/")}
    }
    return found.pop() if len(found) == 1 else None


def _client(environ: Mapping[str, str]) -> httpx2.Client:
    """Return a client that speaks to the engine of `DOCKER_HOST`, or of this machine. Raises `EngineUnreachable`, `InvalidInput`."""
    import httpx2

    host = environ.get("DOCKER_HOST") or f"unix://{_socket(environ)}"
    timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    parts = urlsplit(host)
    if parts.scheme == "unix":
        path = parts.path
        _knock(path)
        return httpx2.Client(transport=httpx2.HTTPTransport(uds=path), base_url="http://docker", timeout=timeout)
    if parts.scheme == "tcp" and parts.hostname and not environ.get("DOCKER_TLS_VERIFY"):
        return httpx2.Client(base_url=f"http://{parts.netloc}", timeout=timeout, trust_env=False)
    raise InvalidInput(
        f"DOCKER_HOST is {host!r}, which cannot be reached from here.", "Name a unix:// or tcp:// address without TLS, or use `docker save`."
    )


def _knock(path: str) -> None:
    """See whether an engine listens, to say clearly why not. Raises `EngineUnreachable`."""
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(CONNECT_SECONDS)
            probe.connect(path)
    except PermissionError:
        raise EngineUnreachable(
            f"You may not speak to the Docker engine at {path}.", "Join its group, use sudo, or scan a `docker save` archive."
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = "Start one, name it by DOCKER_HOST, or scan an archive or a registry's image."
        raise EngineUnreachable(f"No Docker engine listens at {path}: {reason}.", remedy) from None


def _socket(environ: Mapping[str, str]) -> str:
    """Return the engine's socket, or that of a rootless one."""
    runtime = environ.get("XDG_RUNTIME_DIR")
    if not Path(SOCKET).exists() and runtime and (Path(runtime) / "docker.sock").exists():
        return str(Path(runtime) / "docker.sock")
    return SOCKET
