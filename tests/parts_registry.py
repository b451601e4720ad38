"""Real and simulated registries on 127.0.0.1, for tests.

`registry(folder)` starts Debian's docker-registry, open, with htpasswd or with a token server; `Simulated` is one that misbehaves as it is told.
`push(archive, target)` pushes by skopeo.
"""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import parse_qs, urlsplit

from conftest import need

USER, PASSWORD = "developer", "correct horse"


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Registry:
    """A running registry. `config`: a folder to name by DOCKER_CONFIG that holds the login."""

    host: str
    config: Path
    tokens: list[str] = field(default_factory=list)
    """Queries that the token server was asked, in order."""

    def environ(self) -> dict[str, str]:
        return {"DOCKER_CONFIG": str(self.config)}


@contextmanager
def registry(folder: Path, *, auth: str = "none") -> Iterator[Registry]:
    """Start Debian's docker-registry. `auth`: `none`, `htpasswd` or `token` (a token server of ours signs what it trusts)."""
    program = need("docker-registry", "docker-registry")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    made = Registry(f"127.0.0.1:{port}", folder / "docker")
    settings = ""
    with _token_server(folder, made) if auth == "token" else _nothing() as realm:
        if auth == "htpasswd":
            line = subprocess.run([need("htpasswd", "apache2-utils"), "-Bbn", USER, PASSWORD], capture_output=True, check=True).stdout
            (folder / "htpasswd").write_bytes(line)
            settings = f"auth:\n  htpasswd:\n    realm: test\n    path: {folder}/htpasswd\n"
        elif auth == "token":
            settings = f"auth:\n  token:\n    realm: {realm}\n    service: test\n    issuer: test\n    rootcertbundle: {folder}/token.crt\n"
        (folder / "config.yml").write_text(
            "version: 0.1\nlog:\n  level: error\n"
            f"storage:\n  filesystem:\n    rootdirectory: {folder}/data\nhttp:\n  addr: 127.0.0.1:{port}\n{settings}"
        )
        made.config.mkdir(exist_ok=True)
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        (made.config / "config.json").write_text(json.dumps({"auths": {made.host: {"auth": login}}}))
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([program, "serve", str(folder / "config.yml")], stdout=log, stderr=log)
            try:
                _wait_for(f"http://{made.host}/v2/", process, folder / "log")
                yield made
            finally:
                process.terminate()
                process.wait(10)


def push(source: str, target: str, *, login: bool = False, more: tuple[str, ...] = ()) -> None:
    """Copy by skopeo: `push("docker-archive:x.tar", "127.0.0.1:5000/app:1")`."""
    words = ["--dest-creds", f"{USER}:{PASSWORD}"] if login else []
    done = subprocess.run(
        [need("skopeo"), "copy", "-q", "--insecure-policy", "--dest-tls-verify=false", *words, *more, source, f"docker://{target}"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(100):
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except urllib.error.HTTPError as answered:
            answered.close()
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} did not come up")


@contextmanager
def _nothing() -> Iterator[str]:
    yield ""


@contextmanager
def _token_server(folder: Path, made: Registry) -> Iterator[str]:
    """A token server after https://distribution.github.io/distribution/spec/auth/jwt/: RS256, the certificate in `x5c`. Pulling is for everyone
    from repositories `open/…`, everything for the user."""
    openssl = need("openssl")
    key, cert = folder / "token.key", folder / "token.crt"
    words = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=test"]
    subprocess.run(words, check=True, capture_output=True)
    der = "".join(line for line in cert.read_text().splitlines() if not line.startswith("-"))

    def sign(claims: Mapping[str, Any]) -> str:
        head = {"typ": "JWT", "alg": "RS256", "x5c": [der]}
        text = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, claims))
        signature = subprocess.run([openssl, "dgst", "-sha256", "-sign", key], input=text, capture_output=True, check=True).stdout
        return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.tokens.append(self.path)
            query = parse_qs(urlsplit(self.path).query)
            known = self.headers.get("Authorization") == "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            if self.headers.get("Authorization") and not known:
                self.send_response(401)
                self.end_headers()
                return
            access = []
            for scope in query.get("scope", []):
                kind, name, actions = scope.split(":")
                allowed = [a for a in actions.split(",") if known or (a == "pull" and name.startswith("open/"))]
                access.append({"type": kind, "name": name, "actions": allowed})
            now = int(time.time())
            claims = {
                "iss": "test",
                "sub": USER if known else "",
                "aud": "test",
                "exp": now + 300,
                "nbf": now - 5,
                "iat": now,
                "jti": "1",
                "access": access,
            }
            body = json.dumps({"token": sign(claims)}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with _serving(Handler) as port:
        yield f"http://127.0.0.1:{port}/token"


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler], certificate: tuple[Path, Path] | None = None) -> Iterator[int]:
    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:  # a client that hangs up is no news
            pass

    server = Server(("127.0.0.1", 0), handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Seen:
    """One request that a simulated registry got."""

    path: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


Fault = Callable[[BaseHTTPRequestHandler], bool]
"""Answers in the registry's place; True if it did."""


class Simulated:
    """A registry that serves blobs and tags from memory, after telling `faults` of each request: the first that returns True has answered.

    with Simulated(blobs, {"app:1": digest}).running() as host: …
    """

    def __init__(self, blobs: Mapping[str, bytes], tags: Mapping[str, str], *, ranges: bool = True) -> None:
        self.blobs, self.tags, self.ranges = dict(blobs), dict(tags), ranges
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.host = ""

    @contextmanager
    def running(self, *, certificate: tuple[Path, Path] | None = None) -> Iterator[str]:
        """Serve; with a certificate and its key by https."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else b""
                outer.seen.append(Seen(self.path, {k.lower(): v for k, v in self.headers.items()}, self.command, body))
                self.close_connection = True
                try:
                    if not any(fault(self) for fault in outer.faults):
                        outer.answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    pass

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        with _serving(Handler, certificate) as port:
            self.host = f"127.0.0.1:{port}"
            yield self.host

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = urlsplit(request.path).path
        if path == "/v2/":
            return reply(request, 200, b"{}")
        _, kind, name = path.rsplit("/", 2)
        repository = path.removeprefix("/v2/").removesuffix(f"/{kind}/{name}")
        digest = self.tags.get(f"{repository}:{name}", name)
        data = self.blobs.get(digest)
        if data is None:
            return reply(request, 404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
        if kind == "manifests":
            media_type = json.loads(data).get("mediaType", "application/vnd.oci.image.manifest.v1+json")
            return reply(request, 200, data, {"Content-Type": media_type, "Docker-Content-Digest": digest})
        start = int((request.headers.get("Range") or "bytes=0-")[6:].split("-")[0])
        if start and self.ranges:
            return reply(request, 206, data[start:], {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"})
        return reply(request, 200, data)


def reply(
    request: BaseHTTPRequestHandler, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None, *, cut: int | None = None
) -> None:
    """Answer; `cut`: claim the whole body but break off after so many bytes."""
    request.send_response(status)
    for name, value in (headers or {}).items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(body)))
    request.send_header("Connection", "close")
    request.end_headers()
    request.wfile.write(body if cut is None else body[:cut])
    request.wfile.flush()


def helper(folder: Path, name: str, answers: Mapping[str, Mapping[str, str]], *, status: int = 0, sleep: float = 0) -> Path:
    """Write a credential helper `docker-credential-NAME`; return the folder to put on PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / f"docker-credential-{name}"
    program.write_text(
        f"#!{sys.executable}\nimport sys, json, time\ntime.sleep({sleep})\nanswers = {dict(answers)!r}\nserver = sys.stdin.read().strip()\n"
        f"if {status}: print('broken'); sys.exit({status})\n"
        "if server not in answers: print('credentials not found in native keychain'); sys.exit(1)\n"
        "print(json.dumps({'ServerURL': server, **answers[server]}))\n"
    )
    program.chmod(0o755)
    return folder
