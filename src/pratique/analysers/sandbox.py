"""Where analysers run: a scratch folder whose names we choose, a clean environment, no network, no writing elsewhere, and limits on all they take."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pratique.model import Gap

CONFINE = Path(__file__).with_name("confine.py")
MAX_FILES = 50_000
"""Files that an analyser is given. The largest applications have some ten thousand."""
MAX_BYTES = 256 << 20
"""Bytes of code that an analyser is given."""
_PASSED = ("PATH", "LANG", "LC_ALL", "TZ")
"""The variables an analyser is given of ours: no token and no proxy is among them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an analyser may take."""

    seconds: float = 300
    output: int = 64 << 20
    """Bytes of standard output; of errors a sixteenth."""
    memory: int = 4 << 30
    """Bytes of address space of each of its processes: rule engines reserve much more than they use."""
    file: int = 256 << 20
    """Bytes of each file it writes."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it. `gaps` say where it ended before its end, or where it was less confined than it should be."""

    code: int
    output: bytes
    errors: str
    gaps: tuple[Gap, ...] = ()
    whole: bool = True
    """Whether the output is all it would have said."""


@dataclass(slots=True)
class Scratch:
    """A folder with code under names that we chose: `code/000001.py`. Use it by `with`; it is deleted at the end."""

    root: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="pratique-code-")))
    paths: dict[str, str] = field(default_factory=dict)
    """From our name to the path in the image."""
    full: bool = False
    _bytes: int = 0

    def __enter__(self) -> Scratch:
        for name in ("code", "home", "tmp"):
            self.root.joinpath(name).mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    @property
    def code(self) -> Path:
        """The folder that is analysed."""
        return self.root / "code"

    def add(self, path: str, data: bytes) -> None:
        """Lay down one file; beyond the limits it is left out, and `full` says so. Of its own name only a plain ending is kept."""
        if len(self.paths) >= MAX_FILES or self._bytes + len(data) > MAX_BYTES:
            self.full = True
            return
        _, dot, ending = path.rpartition("/")[2].rpartition(".")
        plain = dot and ending.isascii() and ending.isalnum() and len(ending) <= 8
        name = f"{len(self.paths) + 1:06d}{'.' + ending if plain else ''}"
        self.code.joinpath(name).write_bytes(data)
        self.paths[name] = path
        self._bytes += len(data)

    def path(self, said: str) -> str | None:
        """Return the image's path of a file that an analyser names, absolute or relative; None for what is none of ours."""
        return self.paths.get(said.replace("\\", "/").rpartition("/")[2])


def found(name: str, given: str | None = None) -> str | None:
    """Return the program of an analyser: the one that was given, or the one on PATH."""
    return shutil.which(given or name)


def run(command: Sequence[str], scratch: Scratch, *, variables: Mapping[str, str] | None = None, limits: Limits | None = None, name: str = "") -> Ran:
    """Run an analyser in its scratch folder. It never raises for what the analyser does; what went wrong is said by gaps."""
    limits = limits or Limits()
    name = name or Path(command[0]).name
    said, say = os.pipe()
    confined = [
        sys.executable,
        "-I",
        "-S",
        str(CONFINE),
        str(say),
        str(scratch.root),
        str(limits.memory),
        str(int(limits.seconds) * 4),
        str(limits.file),
    ]
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell; the program is the user's choice
            [*confined, *command],
            cwd=scratch.code,
            env=_environment(scratch.root, variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=(say,),
        )
    except OSError as fault:
        os.close(said)
        os.close(say)
        return Ran(127, b"", str(fault), (_gap(name, f"could not be started: {fault.strerror}"),), whole=False)
    os.close(say)
    try:
        output, errors, ended = _read(process, limits)
        confinement = os.read(said, 100).decode("ascii", "replace").split()
    finally:
        os.close(said)
        code = _end(process)
    gaps = [_gap(name, ended)] if ended else []
    missing = [word for word in ("network", "writing") if word not in confinement]
    if missing and code != 127:
        what = {"network": "with the network", "writing": "able to write outside its folder"}
        gaps.append(
            Gap(
                "analyser-unconfined",
                f"{name} ran {' and '.join(what[word] for word in missing)}: this system did not let it be confined",
                blind=False,
            )
        )
    return Ran(code, output, errors.decode("utf-8", "replace"), tuple(gaps), whole=not ended)


def _environment(root: Path, variables: Mapping[str, str]) -> dict[str, str]:
    home = str(root / "home")
    kept = {key: os.environ[key] for key in _PASSED if key in os.environ}
    folders = {"HOME": home, "TMPDIR": str(root / "tmp"), "XDG_CACHE_HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home}
    return {**kept, **folders, "PYTHONDONTWRITEBYTECODE": "1", **variables}


def _read(process: subprocess.Popen[bytes], limits: Limits) -> tuple[bytes, bytes, str]:
    """Read until both pipes end, or a limit is met; say which."""
    assert process.stdout is not None
    assert process.stderr is not None
    kept: dict[int, bytearray] = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    most = {process.stdout.fileno(): limits.output, process.stderr.fileno(): limits.output // 16}
    deadline, ended = time.monotonic() + limits.seconds, ""
    with process.stdout, process.stderr, selectors.DefaultSelector() as selector:
        for pipe in (process.stdout, process.stderr):
            selector.register(pipe, selectors.EVENT_READ)
        out, err = process.stdout.fileno(), process.stderr.fileno()
        while selector.get_map() and not ended:
            left = deadline - time.monotonic()
            if left <= 0:
                ended = f"took more than {limits.seconds:g} seconds and was ended"
                break
            for key, _ in selector.select(min(left, 1)):
                chunk = os.read(key.fd, 1 << 16)
                if not chunk:
                    selector.unregister(key.fileobj)
                    continue
                kept[key.fd] += chunk
                if len(kept[key.fd]) > most[key.fd]:
                    ended = f"wrote more than {most[key.fd] >> 10} KiB and was ended"
        return bytes(kept[out]), bytes(kept[err][:4096]), ended


def _end(process: subprocess.Popen[bytes]) -> int:
    """End the process and all that it started, which is a group of its own. Both pipes are closed: a moment is enough to end by itself."""
    patience = time.monotonic() + 0.5
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None and time.monotonic() < patience:
        time.sleep(0.005)  # not reaped yet: its number, and so its group's, cannot be another's
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def _gap(name: str, what: str) -> Gap:
    remedy = "Run it by itself on this code to see why; what it would have found is not in this report."
    return Gap("analyser-failed", f"{name} {what}", remedy=remedy)


def failed(name: str, ran: Ran) -> Gap:
    """Return the gap of an analyser whose output is none."""
    last = next((line for line in reversed(ran.errors.splitlines()) if line.strip()), "")
    how = f"was ended by signal {-ran.code}" if ran.code < 0 else f"ended with code {ran.code}"
    return _gap(name, f"{how} and said nothing that can be read{f': {last.strip()[:200]}' if last else ''}")
