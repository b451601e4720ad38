"""Image references as Docker and OCI tools write them: `[host[:port]/]path[:tag][@digest]`.

Grammar and defaults: https://pkg.go.dev/github.com/distribution/reference (`Grammar`, `ParseNormalizedNamed`, `TagNameOnly`); digests: OCI
image-spec `descriptor.md`, "Digests". Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pratique.errors import InvalidReference

DEFAULT_HOST = "docker.io"
DEFAULT_TAG = "latest"
OFFICIAL = "library"
"""Where the Hub keeps what is written without a folder."""
MAX_NAME = 255
"""Characters of host and path together (distribution `NameTotalLengthMax`)."""
MAX_TEXT = 1024
"""No valid reference is longer: 255 of name, 129 of tag, 136 of digest."""
DIGEST_LENGTHS = {"sha256": 64, "sha512": 128}
"""Hexadecimal digits by algorithm: those that OCI image-spec registers and that are verified here."""

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]{{1,5}})?")
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_IDENTIFIER = re.compile(r"[0-9a-f]{64}")
_DIGEST = re.compile(r"([a-z0-9]+(?:[+._-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)")
_STRANGE = re.compile(r"[^a-zA-Z0-9._:/@\[\]-]")


@dataclass(frozen=True, slots=True)
class Reference:
    """A name of an image, complete: no defaults are left to fill in."""

    host: str
    path: str
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """The repository: `docker.io/library/alpine`."""
        return f"{self.host}/{self.path}"

    def __str__(self) -> str:
        return self.name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


def parse(text: str) -> Reference:
    """Return the reference with Docker's defaults filled in. Raises `InvalidReference`, which says what is wrong."""
    if not text:
        raise InvalidReference("The image reference is empty.", "Name an image: alpine:3.20, registry.example/team/app@sha256:…")
    if "://" in text:
        raise InvalidReference(f"{text!r} is a URL, not an image reference.", f"Leave out the scheme: {text.partition('://')[2] or 'host/path:tag'}")
    if len(text) > MAX_TEXT:
        raise InvalidReference(f"The image reference has {len(text)} characters; no valid one has more than {MAX_TEXT}.")
    rest, at, digest = text.partition("@")
    name, tag = rest, ""
    colon = rest.rfind(":")
    if colon > rest.rfind("/"):
        name, tag = rest[:colon], rest[colon + 1 :]
        _check_tag(tag, text)
    if at:
        check_digest(digest, f"The image reference {text!r}")
    host, path = _split(name, text)
    return Reference(host, path, tag or ("" if digest else DEFAULT_TAG), digest)


def check_digest(digest: str, whose: str) -> None:
    """Raise `InvalidReference` unless this is a digest that can be verified here."""
    match = _DIGEST.fullmatch(digest)
    if match is None:
        raise InvalidReference(f"{whose} has no valid digest: {digest[:150]!r}.", "A digest is written sha256: and 64 hexadecimal digits.")
    algorithm, value = match.groups()
    length = DIGEST_LENGTHS.get(algorithm)
    if length is None:
        raise InvalidReference(f"{whose} has a digest of the algorithm {algorithm!r}.", f"Use one of: {', '.join(DIGEST_LENGTHS)}.")
    if len(value) != length or value.strip("0123456789abcdef"):
        fault = f"{len(value)} characters" if len(value) != length else "other characters"
        raise InvalidReference(f"{whose} has an {algorithm} digest of {fault}; it must have {length} lower-case hexadecimal digits.")


def is_digest(text: str) -> bool:
    """Whether this is a digest that can be verified here."""
    algorithm, _, value = text.partition(":")
    return len(value) == DIGEST_LENGTHS.get(algorithm, -1) and not value.strip("0123456789abcdef")


def _split(name: str, text: str) -> tuple[str, str]:
    """Return host and path; the first component is a host if it could be nothing else (`splitDockerDomain`)."""
    if not name:
        raise InvalidReference(f"The image reference {text!r} has no name before its tag or digest.")
    if strange := _STRANGE.search(name):
        raise InvalidReference(f"The image reference {text!r} has the character {strange[0]!r}, which no image name may have.")
    if _IDENTIFIER.fullmatch(name):
        raise InvalidReference(
            f"{name!r} is an image ID, which registries do not know.", f"Ask the engine that has it: docker:{name}; or name it by repository@sha256:…"
        )
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        host, path = first, rest
    else:
        host, path = DEFAULT_HOST, name
    if not _HOST.fullmatch(host):
        raise InvalidReference(
            f"The image reference {text!r} has no valid registry host: {host!r}.", "A host is written name.example or name.example:5000."
        )
    if host == "index.docker.io":
        host = DEFAULT_HOST
    if host == DEFAULT_HOST and "/" not in path:
        path = f"{OFFICIAL}/{path}"
    _check_path(path, text)
    if len(host) + 1 + len(path) > MAX_NAME:
        raise InvalidReference(f"The name in the image reference {text[:60]!r}… has more than {MAX_NAME} characters.")
    return host, path


def _check_path(path: str, text: str) -> None:
    for component in path.split("/"):
        if _COMPONENT.fullmatch(component):
            continue
        if not component:
            raise InvalidReference(f"The image reference {text!r} has an empty part between slashes.")
        if component != component.lower():
            raise InvalidReference(
                f"The image reference {text!r} has upper-case letters in its path.", f"Repositories are lower case: {path.lower()}"
            )
        raise InvalidReference(
            f"The image reference {text!r} has the part {component!r}.",
            "A part has lower-case letters and digits, separated by one dot, one or two underscores, or dashes; it neither begins nor ends so.",
        )


def _check_tag(tag: str, text: str) -> None:
    if _TAG.fullmatch(tag):
        return
    if not tag:
        raise InvalidReference(f"The image reference {text!r} ends in a colon without a tag.")
    fault = f"{len(tag)} characters" if len(tag) > 128 else f"the value {tag!r}"
    raise InvalidReference(
        f"The tag in the image reference {text[:150]!r} has {fault}.",
        "A tag has 1 to 128 letters, digits, underscores, dots and dashes, and begins with none of the last two.",
    )
