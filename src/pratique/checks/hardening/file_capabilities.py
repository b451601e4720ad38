"""A file capability gives a program a part of root's rights whoever starts it; some parts are as good as the whole."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pratique.catalog.tree import Node, Select, Tree
from pratique.checks.check import Grove, Hit, Planted, TreeCheck
from pratique.model import Confidence, Kind, Severity

NAMES = (
    "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
    "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio",
    "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config",
    "mknod", "lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm",
    "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
)  # fmt: skip
"""By their bit: linux/capability.h."""
AS_GOOD_AS_ROOT = frozenset((
    "chown", "dac_override", "dac_read_search", "fowner", "setgid", "setuid", "setpcap", "setfcap", "sys_admin",
    "sys_chroot", "sys_module", "sys_ptrace", "sys_rawio", "mac_admin", "bpf",
))  # fmt: skip
"""Those by which a program can come to all others, or read and write what root can (capabilities(7), "Notes to kernel developers")."""
_REVISIONS = {0x01000000: 1, 0x02000000: 2, 0x03000000: 2}
"""`VFS_CAP_REVISION_n` and its number of 32-bit words of permitted and inheritable sets."""


def permitted(value: bytes) -> list[str]:
    """Return the names of the permitted capabilities of a `security.capability` (`struct vfs_cap_data`). Raises `ValueError` for what is none."""
    if len(value) < 4 or (words := _REVISIONS.get(struct.unpack_from("<I", value)[0] & 0xFF000000)) is None or len(value) < 4 + 8 * words:
        raise ValueError("not file capabilities")
    sets = struct.unpack_from(f"<{2 * words}I", value, 4)
    bits = sets[0] | (sets[2] << 32 if words == 2 else 0)
    return [NAMES[bit] if bit < len(NAMES) else f"{bit}" for bit in range(64) if bits >> bit & 1]


def run(nodes: list[Node], tree: Tree) -> Iterator[Hit]:
    """Object to each file with capabilities that no package of the distribution brought so."""
    owners = tree.owners([node.path for node in nodes])
    for node in nodes:
        if node.path in owners:
            continue
        try:
            names = permitted(node.capabilities)
        except ValueError:
            yield Hit(node.path, "has file capabilities that could not be read", severity=Severity.LOW)
            continue
        if not names:
            continue
        shown = ", ".join(f"cap_{name}" for name in names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        if AS_GOOD_AS_ROOT.isdisjoint(names):
            yield Hit(node.path, f"has {shown}", severity=Severity.LOW)
        else:
            yield Hit(node.path, f"has {shown}, which is as good as root, and no package of the distribution brought it so")


def _capabilities(*names: str) -> bytes:
    bits = sum(1 << NAMES.index(name) for name in names)
    return struct.pack("<5I", 0x02000001, bits & 0xFFFFFFFF, 0, bits >> 32, 0)


CHECK = TreeCheck(
    id="file-capabilities",
    revision="1",
    kind=Kind.HARDENING,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Are there programs with a part of root's rights, beyond those the distribution ships?",
    remedy="Remove them (RUN setcap -r FILE) and give the container what it needs when it is started (--cap-add); listen on a port above 1023.",
    run=run,
    select=Select(capabilities=True),
    catches=(
        Grove((Planted("usr/bin/python3.11", b"x", 0o755, capabilities=_capabilities("setuid")),)),
        Grove((Planted("app/server", b"x", 0o755, capabilities=_capabilities("net_bind_service")),)),
        Grove((Planted("app/server", b"x", 0o755, capabilities=_capabilities("checkpoint_restore")),)),
    ),
    passes=(
        Grove((Planted("usr/bin/ping", b"x", 0o755, capabilities=_capabilities("net_raw"), owner="iputils-ping"),)),
        Grove((Planted("usr/bin/ping", b"x", 0o755, capabilities=_capabilities()),)),
        Grove((Planted("usr/bin/ping", b"x", capabilities=_capabilities("net_raw")), Planted("usr/bin/ping", b"x", layer=1))),
    ),
    aliases=("CIS-4.8",),
)
