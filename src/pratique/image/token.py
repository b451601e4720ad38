"""How a registry is convinced: its challenge answered, without a wire.

https://distribution.github.io/distribution/spec/auth/token/ (the Bearer flow), `…/auth/oauth/` (with an identity token), RFC 7235 (challenges),
RFC 7617 (Basic). A generator yields what to ask and is sent what was answered. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import msgspec

from pratique.errors import Refused, RegistryUnreachable
from pratique.image.credentials import Credentials

CLIENT = "pratique"
_CHALLENGE = re.compile(r"\s*(bearer|basic)\b", re.IGNORECASE)
_PARAMETER = re.compile(r"([a-zA-Z][a-zA-Z0-9_-]*)\s?=\s?(?:\"((?:[^\"\\]|\\.)*+)\"|([^\s,\"]+))")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to the token server. `form`: sent as the body of a POST."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What it said."""

    status: int
    body: bytes


class RawToken(msgspec.Struct):
    """The token server's JSON: older ones say `token`, OAuth `access_token`."""

    token: str = ""
    access_token: str = ""


@dataclass(frozen=True, slots=True)
class Challenge:
    """One `WWW-Authenticate`."""

    scheme: str
    parameters: Mapping[str, str]


def challenge(headers: list[str]) -> Challenge | None:
    """Return the challenge that can be answered: Bearer before Basic; None where there is none."""
    found = []
    for header in headers:
        if match := _CHALLENGE.match(header):
            parameters = {name.lower(): (quoted or bare).replace('\\"', '"') for name, quoted, bare in _PARAMETER.findall(header[match.end() :])}
            found.append(Challenge(match[1].lower(), parameters))
    return next(
        (one for one in found if one.scheme == "bearer" and one.parameters.get("realm")), next((one for one in found if one.scheme == "basic"), None)
    )


def authorise(asked: Challenge, host: str, scope: str, credentials: Credentials | None) -> Generator[Ask, Answer, str]:
    """Yield requests to the token server; return the value of the `Authorization` header. Raises `Refused`, `RegistryUnreachable`."""
    login = f"Run `docker login {host}`, or check the user, the password and the name of the image."
    if asked.scheme == "basic":
        if credentials is None or not credentials.user:
            raise Refused(f"The registry {host} wants a user and a password.", login)
        return credentials.basic
    realm = asked.parameters["realm"]
    service = asked.parameters.get("service", "")
    query = {name: value for name, value in (("service", service), ("scope", asked.parameters.get("scope") or scope)) if value}
    if credentials is not None and credentials.identity_token:
        answer = yield Ask(realm, form={"grant_type": "refresh_token", "client_id": CLIENT, "refresh_token": credentials.identity_token, **query})
    else:
        headers = {"Authorization": credentials.basic} if credentials is not None else {}
        if credentials is not None:
            query["account"] = credentials.user
        answer = yield Ask(f"{realm}{'&' if '?' in realm else '?'}{urlencode(query)}", headers)
    if answer.status in {401, 403}:
        raise Refused(f"The registry {host} gives no token {'to this user' if credentials else 'without a login'}.", login)
    if answer.status != 200:
        raise RegistryUnreachable(f"The token server of {host} answered with status {answer.status}.", "Try again later.")
    try:
        token = msgspec.json.decode(answer.body, type=RawToken)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        token = RawToken()
    value = token.token or token.access_token
    if not value or not value.isprintable() or " " in value:
        raise RegistryUnreachable(f"The token server of {host} gave no token.", "Check that the registry is what you take it for.")
    return f"Bearer {value}"
