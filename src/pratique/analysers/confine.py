"""Run as a program: it gives up what an analyser does not need, says what it could give up, and becomes the analyser.

`confine.py FD FOLDER MEMORY CPU FILE COMMAND …`: no network (unshare(2)), no writing outside FOLDER (landlock(7)), limits (setrlimit(2)), no new
privileges (prctl(2)). To FD one line is written: the words of what worked. It imports nothing of ours: it runs before anything can be trusted.
"""

import contextlib
import ctypes
import os
import resource
import struct
import sys

CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000
NO_NEW_PRIVS = 38
RULESET, RULE, RESTRICT = 444, 445, 446
"""The numbers of Landlock's system calls, the same on every architecture since Linux 5.13."""
WRITES = 0x1FF2
"""Every way to write of Landlock's first ABI: WRITE_FILE, REMOVE_DIR, REMOVE_FILE and all of MAKE_; not EXECUTE, READ_FILE, READ_DIR."""
REFER, TRUNCATE = 1 << 13, 1 << 14


def no_network(libc: ctypes.CDLL) -> bool:
    """Leave the network; where that takes a right, first become root of a user namespace of its own."""
    if libc.unshare(CLONE_NEWNET) == 0:
        return True
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return False
    with contextlib.suppress(OSError):
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - a program of its own, without pathlib
                file.write(text)
    return True


def no_writing(libc: ctypes.CDLL, folder: str) -> bool:
    """Allow writing below one folder (and to /dev/null) only."""
    version = libc.syscall(RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return False
    handled = WRITES | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    ruleset = libc.syscall(RULESET, struct.pack("Q", handled), ctypes.c_size_t(8), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    files = handled & (2 | TRUNCATE)
    for path, rights in ((folder, handled), ("/dev/null", files)):
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        if libc.syscall(RULE, ruleset, ctypes.c_int(1), struct.pack("=Qi", rights, opened), ctypes.c_uint32(0)) != 0:
            return False
        os.close(opened)
    return bool(libc.syscall(RESTRICT, ruleset, ctypes.c_uint32(0)) == 0)


def main() -> None:
    """Give up, say what, and become the command."""
    say, folder, memory, seconds, size = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
    command = sys.argv[6:]
    for limit, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, size), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))
    worked = []
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if no_network(libc):
            worked.append("network")
        if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) == 0 and no_writing(libc, folder):
            worked.append("writing")
    except (OSError, AttributeError):
        pass
    os.write(say, " ".join(worked).encode())
    os.close(say)
    try:
        os.execvpe(command[0], command, os.environ)  # noqa: S606 - no shell is meant
    except OSError as fault:
        sys.stderr.write(f"{command[0]}: {fault.strerror}\n")
        sys.exit(127)


if __name__ == "__main__":
    main()
