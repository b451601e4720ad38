"""What package managers are told, and what they leave behind: their subcommands, options and folders, by their own manuals. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pratique.dockerfile.command import Command
from pratique.dockerfile.syntax import Instruction, Word


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class Manager(NamedTuple):
    """A package manager of a distribution."""

    install: frozenset[str]
    """Subcommands that install what is named."""
    refresh: frozenset[str]
    """Subcommands that fetch lists of packages and install nothing."""
    upgrade: frozenset[str]
    """Subcommands that go to another release of the distribution, or may remove packages on the way."""
    yes: tuple[str, ...]
    """Options that answer its question; none: it does not ask."""
    valued: frozenset[str]
    """Options whose value is a word of its own."""
    pin: re.Pattern[str]
    """What a package named with its version looks like."""
    caches: tuple[str, ...]
    """Folders that it fills; emptying or mounting one of them is enough."""
    clean: frozenset[str] = frozenset()
    """Subcommands that empty them."""


_APT = Manager(
    install=_words("install reinstall build-dep"),
    refresh=_words("update"),
    upgrade=_words("dist-upgrade full-upgrade"),
    yes=("-y", "--yes", "--assume-yes", "-qq", "-s", "--simulate", "--dry-run", "--print-uris"),
    valued=_words("-t -o -c -a --target-release --default-release --option --config-file --host-architecture"),
    pin=re.compile(r"[=/]|\.deb$"),
    caches=("/var/lib/apt/lists",),
)
_RPM_PIN = re.compile(r"-[0-9]|-\d*:|[/=<>]|\.rpm$")
_RPM_VALUED = _words(
    "-c -d -e -R -x --config --disablerepo --enablerepo --repo --repoid --installroot --releasever --setopt --exclude --disableplugin --enableplugin"
)
_RPM_YES = ("-y", "--assumeyes", "--assumeno", "--downloadonly")
_DNF = Manager(
    install=_words("install reinstall groupinstall localinstall group in"),
    refresh=_words("makecache check-update"),
    upgrade=_words("distro-sync distribution-synchronization system-upgrade"),
    yes=_RPM_YES,
    valued=_RPM_VALUED,
    pin=_RPM_PIN,
    caches=("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"),
    clean=_words("clean"),
)
MANAGERS: dict[str, Manager] = {
    "apt-get": _APT,
    "apt": _APT,
    "aptitude": _APT,
    "apk": Manager(
        install=_words("add"),
        refresh=_words("update"),
        upgrade=frozenset(),
        yes=(),
        valued=_words("-t -X -p --virtual --repository --root --repositories-file --keys-dir --arch --cache-dir --wait"),
        pin=re.compile(r"[=<>~/@]|\.apk$"),
        caches=("/var/cache/apk", "/etc/apk/cache"),
    ),
    "yum": _DNF,
    "dnf": _DNF,
    "dnf5": _DNF,
    "microdnf": _DNF,
    "tdnf": _DNF,
    "zypper": Manager(
        install=_words("install in source-install si"),
        refresh=_words("refresh ref"),
        upgrade=_words("dist-upgrade dup"),
        yes=("-n", "--non-interactive", "-y", "--no-confirm", "--dry-run", "-D"),
        valued=_words("-R -C -r -t -p --root --cache-dir --repo --type --plus-repo --from -c --config"),
        pin=re.compile(r"[=<>/]|\.rpm$|-[0-9]"),
        caches=("/var/cache/zypp",),
        clean=_words("clean cc"),
    ),
}
"""By program."""
UPGRADES = _words("upgrade update up patch safe-upgrade")
"""Subcommands that install newer versions, where they do not only refresh."""
_REMOVERS = frozenset({"rm", "find", "truncate", "unlink", "shred"})


def subcommand(command: Command, manager: Manager) -> tuple[str, tuple[Word, ...]]:
    """Return a manager's subcommand and the operands after it; the values of options are none of them."""
    words = operands(command.arguments, manager.valued)
    return (words[0].text, words[1:]) if words else ("", ())


def operands(arguments: Sequence[Word], valued: frozenset[str]) -> tuple[Word, ...]:
    """Return the words that are no options and no option's value."""
    found: list[Word] = []
    skip = ended = False
    for word in arguments:
        if skip:
            skip = False
        elif ended or not word.text.startswith(("-", "+")) or word.text == "-":
            found.append(word)
        elif word.text == "--":
            ended = True
        else:
            skip = word.text in valued
    return tuple(found)


def managers(instruction: Instruction) -> Iterator[tuple[Command, Manager, str, tuple[Word, ...]]]:
    """Yield each call of a package manager with its subcommand and operands."""
    for command in instruction.commands():
        manager = MANAGERS.get(command.program)
        if manager is not None:
            yield command, manager, *subcommand(command, manager)


def installs(instruction: Instruction) -> Iterator[tuple[Command, Manager, tuple[Word, ...]]]:
    """Yield each call of a package manager that installs packages, with these."""
    for command, manager, word, names in managers(instruction):
        if word in manager.install:
            yield command, manager, names


def removes(instruction: Instruction, folders: Sequence[str]) -> bool:
    """Tell whether an instruction deletes what lies in one of the folders, or mounts something over it, so that it reaches no layer."""
    for flag in instruction.all("mount"):
        fields = flag.fields
        target = fields.get("target") or fields.get("dst") or fields.get("destination") or ""
        if fields.get("type") in {"cache", "tmpfs"} and any(_covers(target, folder) for folder in folders):
            return True
    return any(
        _covers(word.text, folder)
        for command in instruction.commands()
        if command.program in _REMOVERS
        for word in command.operands
        for folder in folders
    )


def _covers(path: str, folder: str) -> bool:
    """Tell whether a path is a folder, lies above or beneath it, or begins like it before a pattern."""
    for char in "*?[{$":
        at = path.find(char)
        if at > 0:
            return at > 1 and (folder.startswith(path[:at]) or path.startswith(folder))
    bare = path.rstrip("/")
    return len(bare) > 1 and (folder == bare or folder.startswith(f"{bare}/") or bare.startswith(folder))


class Library(NamedTuple):
    """A package manager of a programming language."""

    install: frozenset[str]
    valued: frozenset[str]
    pin: re.Pattern[str]
    """What a pinned operand looks like, or one that is no name: a path, an archive, an address, a requirements file."""
    locked: tuple[str, ...] = ()
    """Options with which versions come from elsewhere."""


_PATH = r"^[./~]|^[\w+.-]+:|\$|^\*|\\"
_PIP = Library(
    _words("install download wheel"),
    _words(
        "-r --requirement -c --constraint -i --index-url --extra-index-url -f --find-links -t --target --prefix --root -e --editable --platform "
        "--python-version --implementation --abi --no-binary --only-binary --progress-bar --timeout --retries --trusted-host --cert --proxy "
        "--cache-dir --upgrade-strategy --src --global-option --config-settings --python --log -d --dest -w --wheel-dir --report"
    ),
    re.compile(rf"==|~=|[<>]|@|\.whl$|\.(?:zip|tar\.gz)$|/|{_PATH}"),
    ("-r", "--requirement", "-c", "--constraint", "--require-hashes"),
)
_NPM = Library(
    _words("install i add"),
    _words("--registry --prefix --cache --loglevel --omit --include -w --workspace --cwd --userconfig --dir"),
    re.compile(rf".@|\.tgz$|{_PATH}|^[a-z][\w-]*/"),
)
LIBRARIES: dict[str, Library] = {
    "pip": _PIP,
    "pip2": _PIP,
    "pip3": _PIP,
    "npm": _NPM,
    "pnpm": _NPM,
    "yarn": Library(_words("add"), _NPM.valued, _NPM.pin),
    "gem": Library(
        _words("install i"),
        _words("-i --install-dir -n --bindir -P --trust-policy --source -s --platform --build-root"),
        re.compile(rf":|\.gem$|{_PATH}"),
        ("-v", "--version", "-g", "--file", "-l", "--local"),
    ),
    "go": Library(
        _words("install get"),
        _words("-tags -ldflags -gcflags -o -mod -p -C -modfile"),
        re.compile(rf"@(?!latest\b)|{_PATH}|^[^./]+(?:/|$)|\.\.\.$|^all$"),
    ),
}
"""By program."""


def library(command: Command) -> tuple[str, Sequence[Word]]:
    """Return the program and its arguments, seen through `python -m pip`."""
    if re.fullmatch(r"python[0-9.]*", command.program) and command.value("-m") in {"pip", "pip3"}:
        words = command.arguments
        at = next((index for index, word in enumerate(words) if word.text in {"pip", "pip3"}), len(words) - 1)
        return "pip", words[at + 1 :]
    return ("pip" if re.fullmatch(r"pip[0-9.]+", command.program) else command.program), command.arguments


def libraries(instruction: Instruction) -> Iterator[tuple[Command, str, Library, tuple[Word, ...]]]:
    """Yield each call that installs packages of a language: the program, what is known of it, and the operands after its subcommand."""
    for command in instruction.commands():
        program, arguments = library(command)
        known = LIBRARIES.get(program)
        if known is not None:
            words = operands(arguments, known.valued)
            at = 1 if program == "yarn" and words and words[0].text == "global" else 0
            if len(words) > at and words[at].text in known.install:
                yield command, program, known, words[at + 1 :]
