"""Layers read ahead: a thread each that reads, decompresses and digests, while others look at what it gave."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

AHEAD = 16 << 20
"""Bytes that reading may be ahead of looking: what two cores read while the interpreter still imports."""


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
KEPT = 64 << 20
"""Bytes of freed memory that the C library may keep for the next block."""


def keep_memory() -> None:
    """Have glibc keep what is freed: blocks come and go by the megabyte, and each would be mapped and zeroed anew (mallopt(3))."""
    import ctypes

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library: slower, and otherwise the same
        return
    mallopt(_M_MMAP_THRESHOLD, KEPT)
    mallopt(_M_TRIM_THRESHOLD, KEPT)


class Interrupted(Exception):
    """The work was ended from outside: by the user, or by the fault of another layer."""


class Pump:
    """The blocks of one layer, read by a thread of their own from the moment the pump is made."""

    def __init__(self, blocks: Iterator[bytes], stop: threading.Event) -> None:
        self._blocks = blocks
        self._stop = stop
        self._ready: deque[bytes] = deque()
        self._held = 0
        self._ended = False
        self._fault: BaseException | None = None
        self._change = threading.Condition()
        threading.Thread(target=self._run, name="blocks", daemon=True).start()

    def _run(self) -> None:
        try:
            for block in self._blocks:
                with self._change:
                    while self._held > AHEAD and not self._stop.is_set():
                        self._change.wait(1)
                    if self._stop.is_set():
                        return
                    self._ready.append(block)
                    self._held += len(block)
                    self._change.notify_all()
        except BaseException as fault:
            self._fault = fault
        finally:
            with self._change:
                self._ended = True
                self._change.notify_all()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the blocks. Raises what reading raised, and `Interrupted` where the work was ended."""
        while True:
            with self._change:
                while not self._ready and not self._ended and not self._stop.is_set():
                    self._change.wait(1)
                if self._stop.is_set():
                    raise Interrupted
                if not self._ready:
                    break
                block = self._ready.popleft()
                self._held -= len(block)
                self._change.notify_all()
            yield block
        if self._fault is not None:
            raise self._fault
