"""Whoever may write the list of accounts can make itself root."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import kept, steps
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_FILES = ("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/sudoers")
_WRITES = re.compile(r"0?[0-7]?[0-7](?:[2367][0-7]|[0-7][2367])\Z|(?:[ugoa]*[goa][ugoa]*)[+=](?:[rwx]*w|u)")


def run(build: Build) -> Iterator[Hit]:
    """Object to chmod that lets a group or everybody write passwd, shadow, group or sudoers."""
    for stage, _, command in steps(build):
        if command.program == "chmod" and len(command.operands) > 1 and any(_WRITES.match(part) for part in command.operands[0].text[:64].split(",")):
            file = next((word for word in command.operands[1:] if word.text in _FILES), None)
            if file is not None:
                yield at(command, f"others than root may write {file.text}", kept(stage, Severity.HIGH))


CHECK = DockerfileCheck(
    id="account-file-writable",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="May others than root write the account files?",
    remedy="Leave the mode at 644; name the account in the image, or use nss_wrapper for arbitrary ids.",
    run=run,
    catches=(
        "RUN chmod g=u /etc/passwd",
        "RUN chmod 664 /etc/passwd /etc/group",
        "RUN chmod a+w /etc/shadow",
        "RUN chmod -v 666 /etc/sudoers",
    ),
    passes=(
        "RUN chmod 644 /etc/passwd",
        "RUN chmod 0440 /etc/sudoers",
        "RUN chmod g+w /etc/x",
        "RUN chmod o-w /etc/passwd",
    ),
)
