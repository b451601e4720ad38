"""Measures a command: wall, CPU and peak memory of everything it starts."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PAUSE = 0.01
"""Seconds between two looks at the memory of a process tree."""


@dataclass
class Measured:
    """What one contestant took: seconds of each run, and the highest sum of proportional set sizes in bytes."""

    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)
    peak: int = 0

    @property
    def wall(self) -> float:
        """The median wall time, in seconds."""
        return statistics.median(self.walls)

    @property
    def cpu(self) -> float:
        """The median of user and system time, in seconds."""
        return statistics.median(self.cpus)


def run(command: list[str], env: dict[str, str], output: Path, allowed: tuple[int, ...] = (0,)) -> tuple[float, float]:
    """Run a command with its output in a file; return wall and CPU seconds, those of its descendants included."""
    with output.open("wb") as out, output.with_suffix(".err").open("wb") as err:
        begin = time.perf_counter()
        process = subprocess.Popen(command, env=env, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in allowed:
        said = output.with_suffix(".err").read_text(errors="replace").strip()[-2000:]
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {said}")
    return wall, usage.ru_utime + usage.ru_stime


def peak(command: list[str], env: dict[str, str], output: Path) -> int:
    """Run a command and return the highest memory of its process tree, in bytes. Apart from the timed runs, which sampling would slow down."""
    with output.open("wb") as out, output.with_suffix(".err").open("wb") as err:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
    ended = threading.Event()
    threading.Thread(target=lambda: (process.wait(), ended.set())).start()
    highest = 0
    while not ended.wait(PAUSE):
        highest = max(highest, sum(map(proportional, tree(process.pid))))
    return highest


def tree(pid: int) -> Iterator[int]:
    """The process and its descendants."""
    yield pid
    try:
        children = [int(word) for path in Path(f"/proc/{pid}/task").glob("*/children") for word in path.read_text().split()]
    except OSError:
        return
    for child in children:
        yield from tree(child)


def proportional(pid: int) -> int:
    """The proportional set size of a process in bytes: pages that several share are counted once. 0 where it has ended."""
    try:
        with Path(f"/proc/{pid}/smaps_rollup").open() as file:
            return next((int(line.split()[1]) << 10 for line in file if line.startswith("Pss:")), 0)
    except OSError:
        return 0
