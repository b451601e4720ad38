"""A package from a Git branch or a bare address is whatever was pushed last, and its install scripts run with the rights of the build."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import reached, steps
from pratique.dockerfile.build import Build
from pratique.dockerfile.command import Command
from pratique.model import Confidence, Severity

_GIT = re.compile(
    r"(?:git\+(?:https?|ssh|git|file)|git)://|git\+ssh:|(?:github|gitlab|bitbucket|gist):[\w.-]|https?://(?:[\w.-]{1,200}@)?(?:github|gitlab)\.com/[\w.-]{1,100}/[\w.-]{1,100}(?:\.git)?(?:[#@]|\Z)"
)
_SHORT = re.compile(r"[A-Za-z0-9][\w.-]{0,100}/[\w.-]{1,100}(?:#[\w./-]{1,100})?\Z")
_COMMIT = re.compile(r"[@#](?:[\w.-]{1,100}=)?[0-9a-f]{40}(?:\W|\Z)")
_ARCHIVE = re.compile(r"https?://\S{1,2000}\.t(?:ar\.)?gz\Z")
_INSTALLS = {
    "npm": {"install", "i", "add", "ci"},
    "yarn": {"add", "global"},
    "pnpm": {"add", "install", "i"},
    "bun": {"add", "install"},
    "pip": {"install"},
    "pip3": {"install"},
    "uv": {"pip", "add", "tool"},
}


def run(build: Build) -> Iterator[Hit]:
    """Object to npm, yarn, pnpm, pip and cargo installing from Git without a full commit; of Node, `--ignore-scripts` makes it less."""
    for stage, _, command in steps(build):
        if command.program == "cargo":
            if command.subcommand == "install" and command.has("--git") and not command.has("--rev"):
                yield at(command, "cargo builds whatever a Git branch holds", reached(stage, Severity.MEDIUM))
            continue
        python = command.program.startswith("python") and command.texts[:2] == ("-m", "pip")
        if not python and command.subcommand not in _INSTALLS.get(command.program, ()):
            continue
        node = command.program in {"npm", "yarn", "pnpm", "bun"}
        for word in command.operands:
            text = word.text[word.text.find("git+") :] if "git+" in word.text else word.text
            if node and _SHORT.match(text) and not text.startswith((".", "/")) and command.program == "npm" and not _names(command, text):
                text = f"github:{text}"
            if (_GIT.match(text) and not _COMMIT.search(text)) or (node and _ARCHIVE.match(text)):
                quiet = node and command.has("--ignore-scripts")
                message = f"{command.program} installs from an address that names no commit" + (
                    ", and runs its install scripts" if node and not quiet else ""
                )
                yield at(word, message, reached(stage, Severity.LOW if quiet else Severity.MEDIUM))


def _names(command: Command, text: str) -> bool:
    """Tell whether a word is an option's value, such as a folder."""
    before = next((one.text for one, two in zip(command.arguments, command.arguments[1:], strict=False) if two.text == text), "")
    return before.startswith("-") and "=" not in before and before not in {"-g", "--global", "-D", "--save-dev", "-y", "--omit=dev", "-S", "--save"}


CHECK = DockerfileCheck(
    id="git-package-unpinned",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Is a package installed from Git without a commit?",
    remedy="Name the full commit (…git@<40 digits>), or install a released version with its hash.",
    run=run,
    catches=(
        "RUN npm install git+https://github.com/x/y.git",
        "RUN npm i -g x/y#main",
        "RUN pip install git+https://github.com/x/y@main",
        "RUN pip install 'y @ git+https://github.com/x/y.git'",
        "RUN cargo install --git https://github.com/x/y y",
        "RUN npm install https://x.example/y.tgz",
        "RUN yarn add github:x/y",
    ),
    passes=(
        "RUN pip install git+https://github.com/x/y@0123456789abcdef0123456789abcdef01234567",
        "RUN npm ci",
        "RUN npm install -g @scope/pkg@1.2.3 typescript@5",
        "RUN pip install -r requirements.txt",
        "RUN cargo install --git https://github.com/x/y --rev 0123abc y",
        "RUN npm install ./local/pkg /tmp/x.tgz",
        "RUN npm install --prefix opt/app",
    ),
)
