"""A file with a capability gives it to whoever starts it; some capabilities are as good as root."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.checks.recipe import MAX_TEXT, kept, steps
from pratique.dockerfile.build import Build
from pratique.model import Confidence, Severity

_GREAT = re.compile(
    r"(?:\ball|cap_(?:sys_admin|sys_ptrace|sys_module|sys_rawio|sys_boot|sys_chroot|dac_override|dac_read_search|setuid|setgid|setfcap|setpcap|chown"
    r"|fowner|fsetid|mknod|bpf|perfmon|net_admin|mac_admin|mac_override|linux_immutable|syslog|audit_control))\b|^=\w*[ep]",
    re.IGNORECASE,
)
"""Those by which a process reads, changes or becomes what it may not; binding a low port, raw sockets and locked memory are not among them."""


def run(build: Build) -> Iterator[Hit]:
    """Object to setcap with a capability that is as good as root."""
    for stage, _, command in steps(build):
        if command.program == "setcap" and not command.has("-r"):
            word = next((word for word in command.operands if _GREAT.search(word.text[:MAX_TEXT])), None)
            if word is not None:
                yield at(command, f"a file is given {word.text[:80]}", kept(stage, Severity.HIGH))


CHECK = DockerfileCheck(
    id="capability-added",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Is a file given a capability that is as good as root?",
    remedy="Let whoever starts the container give the capability (--cap-add), and only if it is needed.",
    run=run,
    catches=(
        "RUN setcap cap_sys_admin+ep /usr/bin/x",
        "RUN setcap 'cap_net_bind_service,cap_dac_override=+ep' /x",
        "RUN setcap all+ep /x",
        "RUN setcap =ep /x",
        "RUN setcap cap_setuid=ep /usr/bin/python3",
    ),
    passes=(
        "RUN setcap cap_net_bind_service=+ep /usr/bin/caddy",
        "RUN setcap cap_ipc_lock=+ep /bin/vault",
        "RUN setcap -r /usr/bin/x",
        "RUN getcap /x",
    ),
)
