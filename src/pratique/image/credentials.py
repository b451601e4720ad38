"""What Docker's configuration knows of a registry: user and password, or an identity token.

https://docs.docker.com/reference/cli/docker/login/ ("Credential stores", "Credential helpers", "Credential helper protocol").
Nothing of it is ever shown or kept.
"""

from __future__ import annotations

import base64
import binascii
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

import msgspec

from pratique.errors import InvalidInput
from pratique.image.reference import DEFAULT_HOST

HUB_KEY = "https://index.docker.io/v1/"
"""The key under which Docker keeps the Hub's credentials."""
HELPER_SECONDS = 20.0
"""A helper may ask a key ring that asks the user, but must not hang a scan for ever."""
MAX_CONFIG = 4 << 20
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks. Either user and password, or an identity token (OAuth 2 refresh token)."""

    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """The value of an `Authorization` header (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


class RawAuth(msgspec.Struct):
    """One entry of `auths`."""

    auth: str = ""
    username: str = ""
    password: str = ""
    identitytoken: str = ""


class RawDockerConfig(msgspec.Struct, rename="camel"):
    """The parts of `config.json` that matter here."""

    auths: dict[str, RawAuth] | None = None
    creds_store: str = ""
    cred_helpers: dict[str, str] | None = None


class RawHelped(msgspec.Struct, rename="pascal"):
    """What a helper answers."""

    username: str = ""
    secret: str = ""


def find(host: str, environ: Mapping[str, str]) -> Credentials | None:
    """Return the credentials for a registry, or None. Raises `InvalidInput` where the configuration or its helper is broken."""
    folder = environ.get("DOCKER_CONFIG") or (f"{environ['HOME']}/.docker" if environ.get("HOME") else "")
    if not folder:
        return None
    path = Path(folder) / "config.json"
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_CONFIG else b""
    except OSError:
        return None
    try:
        config = msgspec.json.decode(data, type=RawDockerConfig)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"{path} cannot be read: {str(error)[:200]}.", "Mend it, or name another folder by DOCKER_CONFIG.") from None
    key = HUB_KEY if host == DEFAULT_HOST else host
    for server, name in (config.cred_helpers or {}).items():
        if hostname(server) == hostname(key):
            return ask_helper(name, server if server == key else key, environ)
    if config.creds_store and (found := ask_helper(config.creds_store, key, environ)):
        return found
    for server, entry in (config.auths or {}).items():
        if hostname(server) == hostname(key):
            return _stored(entry, path, server)
    return None


def hostname(server: str) -> str:
    """Return the host of a key of `auths`: some have a scheme and a path, all mean the host (Docker's `ConvertToHostname`)."""
    host = server.partition("://")[2] or server
    host = host.partition("/")[0].lower()
    return "index.docker.io" if host in {"docker.io", "index.docker.io", "registry-1.docker.io"} else host


def ask_helper(name: str, server: str, environ: Mapping[str, str]) -> Credentials | None:
    """Run `docker-credential-NAME get`; None where it knows nothing of the server. Raises `InvalidInput` where it cannot be run."""
    program = which(f"docker-credential-{name}", path=environ.get("PATH")) if _HELPER.fullmatch(name) else None
    if program is None:
        raise InvalidInput(
            f"Docker's configuration names the credential helper {name!r}, which is not on PATH.",
            "Install it, or name another configuration by DOCKER_CONFIG.",
        )
    try:
        done = subprocess.run([program, "get"], input=server.encode(), capture_output=True, timeout=HELPER_SECONDS, env=dict(environ), check=False)  # noqa: S603 - the user's own helper
    except subprocess.TimeoutExpired:
        raise InvalidInput(
            f"The credential helper {name!r} did not answer within {HELPER_SECONDS:.0f} seconds.", "Unlock its key ring, or log in again."
        ) from None
    except OSError as error:
        raise InvalidInput(f"The credential helper {name!r} cannot be run: {error.strerror}.", "Install it again.") from None
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
        if "credentials not found" in said.lower():
            return None
        raise InvalidInput(
            f"The credential helper {name!r} failed with status {done.returncode}.", "Run `docker login` again, or see what it says itself."
        )
    try:
        answer = msgspec.json.decode(done.stdout, type=RawHelped)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise InvalidInput(f"The credential helper {name!r} gave no answer that could be read.", "Install it again.") from None
    if not answer.secret:
        return None
    if answer.username == "<token>":
        return Credentials(identity_token=answer.secret)
    return Credentials(answer.username, answer.secret)


def _stored(entry: RawAuth, path: Path, server: str) -> Credentials | None:
    if entry.identitytoken:
        return Credentials(identity_token=entry.identitytoken)
    if entry.auth:
        try:
            user, colon, password = base64.b64decode(entry.auth, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            colon = user = password = ""
        if not colon:
            raise InvalidInput(f"{path} has credentials for {server} that cannot be read.", f"Run `docker login {server}` again.")
        return Credentials(user, password.rstrip("\0"))
    return Credentials(entry.username, entry.password) if entry.username else None
