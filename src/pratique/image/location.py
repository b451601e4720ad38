"""Where an image is: what the user wrote, as a scheme with a path or a reference. Looks at the file system only to see what exists."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from pratique.errors import InvalidReference
from pratique.image.reference import Reference, check_digest, parse

FILES = ("docker-archive", "oci-archive", "oci", "dir")
SCHEMES = (*FILES, "registry", "docker")
PIPE = "-"
"""Standard input."""
_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".gz", ".zst", ".oci")


@dataclass(frozen=True, slots=True)
class Location:
    """Where an image is. `archive` is the scheme of an archive whose kind its content tells."""

    scheme: str
    path: Path | None = None
    name: str = ""
    """The tag or name chosen within an archive or layout."""
    digest: str = ""
    """The digest chosen within an archive or layout."""
    reference: Reference | None = None
    identifier: str = ""
    """What the engine is asked for: its words for images are wider than references."""

    def __str__(self) -> str:
        if self.path is None:
            return str(self.reference) if self.scheme == "registry" else f"docker:{self.reference or self.identifier}"
        return f"{self.scheme}:{self.path}" + (f":{self.name}" if self.name else "") + (f"@{self.digest}" if self.digest else "")


def locate(text: str) -> Location:
    """Return where the image is. Raises `InvalidReference`."""
    if "\0" in text:
        raise InvalidReference("The image reference holds a zero byte.")
    scheme, colon, rest = text.partition(":")
    if colon and scheme in SCHEMES:
        return _of_scheme(scheme, rest, text)
    if text == PIPE:
        return Location("archive", Path(PIPE))
    path = Path(text)
    if text and _exists(path):
        return Location(_sniff(path), path)
    if ":" in text or "@" in text:
        path, name, digest = _choice(text)
        if _exists(path) and (path.is_file() or text.startswith(("/", "./", "../"))):
            return Location(_sniff(path), path, name, digest)
    if text.startswith(("/", "./", "../", "~")) or text.lower().endswith(_ENDINGS):
        raise InvalidReference(
            f"There is no file or folder {text!r}.", f"Check the path; an image of a registry of that name is written registry:{text}"
        )
    return Location("registry", reference=parse(text))


def _of_scheme(scheme: str, rest: str, text: str) -> Location:
    if not rest:
        raise InvalidReference(f"{text!r} names no image after its scheme.", f"Write {scheme}:{'PATH' if scheme in FILES else 'NAME:TAG'}")
    if scheme in FILES:
        if scheme == "dir" or rest == PIPE:
            path, name, digest = Path(rest), "", ""
        else:
            path, name, digest = _choice(rest)
        if rest != PIPE and not _exists(path):
            raise InvalidReference(f"There is no file or folder {str(path)!r}.", "Check the path.")
        wants_folder = scheme in {"oci", "dir"}
        if rest != PIPE and path.is_dir() != wants_folder:
            kind = "folder" if path.is_dir() else "file"
            raise InvalidReference(
                f"{str(path)!r} is a {kind}, but {scheme}: takes a {'folder' if wants_folder else 'file'}.", f"Write {_sniff(path)}:{path}"
            )
        return Location(scheme, path, name, digest)
    if rest.startswith("//"):
        raise InvalidReference(
            f"{text!r} means a registry to some tools and the local engine to others.", f"Write registry:{rest[2:]} or docker:{rest[2:]}"
        )
    if scheme == "registry":
        return Location("registry", reference=parse(rest))
    identifier = rest.removeprefix("sha256:")
    if len(identifier) == 64 and not identifier.strip("0123456789abcdef"):
        return Location("docker", identifier=f"sha256:{identifier}")
    return Location("docker", reference=parse(rest), identifier=rest)


def _choice(text: str) -> tuple[Path, str, str]:
    """Split `path[:name][@digest]`; paths may have colons, so the longest path that exists is taken."""
    before, at, digest = text.rpartition("@")
    if at and ":" in digest and "/" not in digest:
        check_digest(digest, f"{text!r}")
        text = before
    else:
        digest = ""
    end = len(text)
    while end > 0:
        if _exists(Path(text[:end])):
            return Path(text[:end]), text[end + 1 :], digest
        end = text.rfind(":", 0, end)
    path, _, name = text.partition(":")
    return Path(path), name, digest


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True


def _sniff(path: Path) -> str:
    """Return the scheme of an existing path; `archive` for a file or pipe, whose content tells more."""
    if stat.S_ISDIR(path.stat().st_mode):
        # OCI image-spec `image-layout.md`: the file `oci-layout` marks a layout.
        return "oci" if (path / "oci-layout").is_file() or ((path / "index.json").is_file() and (path / "blobs").is_dir()) else "dir"
    return "archive"
