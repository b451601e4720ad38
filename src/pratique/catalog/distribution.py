"""Which distribution a root file system is, from os-release(5) or from what was there before it; and what feeds call its releases."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pratique.model import Distribution, Origin

MAX_BYTES = 65_536
"""Bytes read of each file: real ones have less than 1 KiB."""


MAX_LINE = 1_024
"""Characters read of files that have one line."""


def identify(documents: Mapping[str, bytes], origin: Origin) -> Distribution | None:
    """Return the distribution of one root, or None where no file names one.

    `documents` maps paths of `PATTERNS`, relative to the root, to contents. The first source that names an id wins; what it leaves open
    (Debian before its release has no `VERSION_ID`) is filled from the later ones where they speak of the same id.
    """
    found: Distribution | None = None
    for path, read in _SOURCES:
        data = documents.get(path)
        if data is None:
            continue
        seen = read(data[:MAX_BYTES].decode("utf-8", "replace"), origin)
        if seen is None:
            continue
        if found is None:
            found = seen
        elif not found.version_id and not found.codename and found.id == seen.id:
            found = _with_version(found, seen)
    return found


def release(distribution: Distribution) -> str:
    """Return the word by which feeds name the release: `12` (Debian), `22.04` (Ubuntu), `v3.18` or `edge` (Alpine), `9` (AlmaLinux, Rocky, RHEL).

    Where a release has no number yet, its codename; empty where nothing is known.
    """
    version = distribution.version_id
    match distribution.id:
        case "debian":
            return version.partition(".")[0] or DEBIAN_RELEASES.get(distribution.codename, distribution.codename)
        case "ubuntu":
            return version or distribution.codename
        case "alpine":
            return _alpine_release(distribution)
        case "wolfi" | "chainguard":
            return "rolling"
        case id_ if id_ in _MAJOR_ONLY:
            return version.partition(".")[0]
        case _:
            return version or distribution.codename


def osv_ecosystem(distribution: Distribution) -> str | None:
    """Return the OSV ecosystem of the release (`Debian:12`, `Alpine:v3.18`, `Ubuntu:22.04:LTS`, `Wolfi`); None where no feed of ours speaks of it.

    Derivatives are not covered: they rebuild packages under versions of their own. Names: https://ossf.github.io/osv-schema/#defined-ecosystems
    """
    word = release(distribution)
    match distribution.id:
        case "wolfi":
            return "Wolfi"
        case "chainguard":
            return "Chainguard"
        case "debian" if word.isdecimal():
            return f"Debian:{word}"
        case "alpine" if word:
            return f"Alpine:{word}"
        case "ubuntu" if re.fullmatch(r"\d\d\.\d\d", word):
            return f"Ubuntu:{word}:LTS" if _is_lts(word) else f"Ubuntu:{word}"
        case "almalinux" if word.isdecimal():
            return f"AlmaLinux:{word}"
        case "rocky" if word.isdecimal():
            return f"Rocky Linux:{word}"
        case _:
            return None


def label(distribution: Distribution | None) -> str:
    """Return `debian:12`, `alpine:3.18.4`: the id and the fullest release that is known; empty for no distribution."""
    if distribution is None:
        return ""
    version = distribution.version_id or distribution.codename
    return f"{distribution.id}:{version}" if version else distribution.id


DEBIAN_RELEASES = {
    "jessie": "8",
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "forky": "14",
    "duke": "15",
}
"""https://www.debian.org/releases/: codenames whose number is announced; `sid` never has one."""

_MAJOR_ONLY = frozenset({"almalinux", "rocky", "rhel", "centos", "ol", "scientific", "virtuozzo", "mageia"})


def _alpine_release(distribution: Distribution) -> str:
    """Development snapshots (`3.21.0_alpha20240923`) belong to edge; release candidates already to their branch."""
    if "_alpha" in distribution.version_id or "_git" in distribution.version_id or distribution.codename == "edge":
        return "edge"
    match = re.match(r"(\d+\.\d+)", distribution.version_id)
    return f"v{match[1]}" if match else ""


def _is_lts(version: str) -> bool:
    """Every April release of an even year since 6.06 … 8.04 (https://ubuntu.com/about/release-cycle)."""
    year, _, month = version.partition(".")
    return int(year) % 2 == 0 and month == "04"


# ------------------------------------------------------------------------------------------------------------------ readers

_ASSIGNMENT = re.compile(r"^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$", re.M)
_ESCAPED = re.compile(r"\\([\"$`\\])")
_ID = re.compile(r"[a-z0-9._-]+")


def variables(text: str) -> dict[str, str]:
    r"""Read shell-compatible assignments as os-release(5) allows them: one a line, quoted or not, `\"`, `\$`, `\\` and `` \` `` escaped."""
    return {name: _unquote(value.strip()) for name, value in _ASSIGNMENT.findall(text)}


def _unquote(value: str) -> str:
    if value[:1] == "'":
        return value[1:].partition("'")[0]
    if value[:1] == '"':
        closed = re.match(r'"((?:[^"\\]|\\.)*)', value)
        return _ESCAPED.sub(r"\1", closed[1]) if closed else ""
    return re.sub(r"\\(.)", r"\1", re.split(r"\s", value, maxsplit=1)[0])


def _os_release(text: str, origin: Origin) -> Distribution | None:
    given = variables(text)
    id_ = given.get("ID", "").lower()
    if not _ID.fullmatch(id_):
        id_ = _IDS.get(given.get("NAME", "").lower(), "")
    if not id_:
        return None
    codename = given.get("VERSION_CODENAME") or given.get("UBUNTU_CODENAME", "")
    if not codename and (match := re.search(r"\((\w+)\)", given.get("VERSION", ""))) and id_ in {"debian", "ubuntu"}:
        codename = match[1].lower()
    if id_ == "alpine" and given.get("PRETTY_NAME", "").endswith(" edge"):
        codename = "edge"
    return Distribution(
        id=id_,
        version_id=given.get("VERSION_ID", ""),
        codename=codename.lower(),
        name=given.get("NAME", ""),
        id_like=tuple(given.get("ID_LIKE", "").lower().split()),
        pretty_name=given.get("PRETTY_NAME", ""),
        origin=origin,
    )


def _lsb_release(text: str, origin: Origin) -> Distribution | None:
    given = variables(text)
    name = given.get("DISTRIB_ID", "")
    id_ = _IDS.get(name.lower(), name.lower())
    if not _ID.fullmatch(id_):
        return None
    pretty = given.get("DISTRIB_DESCRIPTION", "")
    return Distribution(id_, given.get("DISTRIB_RELEASE", ""), given.get("DISTRIB_CODENAME", "").lower(), name, (), pretty, origin)


def _debian_version(text: str, origin: Origin) -> Distribution | None:
    """`12.4`, or `trixie/sid` before the release."""
    word = text.strip()
    if not re.fullmatch(r"[\w./-]{1,64}", word):
        return None
    if word[0].isdecimal():
        return Distribution("debian", word, "", "Debian GNU/Linux", (), f"Debian GNU/Linux {word}", origin)
    return Distribution("debian", "", word.partition("/")[0].lower(), "Debian GNU/Linux", (), f"Debian GNU/Linux {word}", origin)


def _alpine_version(text: str, origin: Origin) -> Distribution | None:
    word = text.strip()
    if not re.fullmatch(r"\d[\w.]{0,63}", word):
        return None
    return Distribution("alpine", word, "", "Alpine Linux", (), f"Alpine Linux {word}", origin)


_RED_HAT = re.compile(
    r"^(?P<name>[A-Za-z][A-Za-z. ]*?)\s+(?:Server |Workstation |Client )?release\s+(?P<version>\d[\w.]*)(?:\s+\((?P<codename>[^)]*)\))?", re.M
)


def _red_hat_release(text: str, origin: Origin) -> Distribution | None:
    """`CentOS release 6.10 (Final)`, `Red Hat Enterprise Linux Server release 7.9 (Maipo)`."""
    match = _RED_HAT.search(text[:MAX_LINE])
    if match is None:
        return None
    name = match["name"]
    id_ = _IDS.get(name.lower().removesuffix(" linux").removesuffix(" stream"), "")
    if not id_:
        return None
    return Distribution(id_, match["version"], (match["codename"] or "").lower(), name, (), match[0], origin)


_IDS = {
    "debian gnu/linux": "debian",
    "debian": "debian",
    "ubuntu": "ubuntu",
    "linuxmint": "linuxmint",
    "alpine linux": "alpine",
    "alpine": "alpine",
    "wolfi": "wolfi",
    "almalinux": "almalinux",
    "rocky linux": "rocky",
    "rocky": "rocky",
    "centos linux": "centos",
    "centos stream": "centos",
    "centos": "centos",
    "red hat enterprise": "rhel",
    "red hat enterprise linux": "rhel",
    "redhatenterprise": "rhel",
    "redhatenterpriseserver": "rhel",
    "oracle": "ol",
    "oracle linux server": "ol",
    "oracleserver": "ol",
    "scientific": "scientific",
    "scientific linux": "scientific",
    "fedora": "fedora",
    "fedora linux": "fedora",
    "amazon": "amzn",
    "amazon linux": "amzn",
    "vmware photon": "photon",
    "photon": "photon",
}
"""The ids of os-release for the names that older files write."""


def _with_version(found: Distribution, seen: Distribution) -> Distribution:
    return Distribution(found.id, seen.version_id, seen.codename, found.name, found.id_like, found.pretty_name, found.origin)


_Reader = Callable[[str, Origin], Distribution | None]

_SOURCES: tuple[tuple[str, _Reader], ...] = (
    ("etc/os-release", _os_release),
    ("usr/lib/os-release", _os_release),
    ("etc/initrd-release", _os_release),
    ("usr/lib/initrd-release", _os_release),
    ("etc/lsb-release", _lsb_release),
    ("etc/almalinux-release", _red_hat_release),
    ("etc/rocky-release", _red_hat_release),
    ("etc/oracle-release", _red_hat_release),
    ("etc/centos-release", _red_hat_release),
    ("etc/fedora-release", _red_hat_release),
    ("etc/redhat-release", _red_hat_release),
    ("etc/system-release", _red_hat_release),
    ("etc/alpine-release", _alpine_version),
    ("etc/debian_version", _debian_version),
)
"""Most telling first: the derivatives of Debian and Red Hat keep the files of their parents. (`busybox` images have no such file.)"""

PATTERNS: tuple[str, ...] = tuple(path for path, _ in _SOURCES)
"""The paths that are wanted, relative to a root."""
