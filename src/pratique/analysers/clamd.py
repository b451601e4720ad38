"""ClamAV, by the socket of its daemon (clamd(8), "COMMANDS"): files are streamed to it, nothing is written to disk by us."""

from __future__ import annotations

import socket
from typing import Final

from pratique.errors import Unreachable

TIMEOUT: Final = 60.0
"""Seconds to wait for an answer; clamd itself gives up on a file after `MaxScanTime`, 120 by default, and says so."""
MAX_REPLY = 4096
"""Bytes of an answer: a signature's name has some 60."""
MAX_STREAM = 25 << 20
"""Bytes of a file that is sent: `StreamMaxLength` as clamd.conf(5) has it by default. Of longer files the first so many."""


class Clamd:
    """A daemon at a Unix socket (`/run/clamav/clamd.ctl`) or at `tcp:HOST:PORT`."""

    def __init__(self, address: str) -> None:
        self.address = address

    def version(self) -> str:
        """Return the version of program and signatures: `ClamAV 1.4.6/27800/Sat Nov 21 …`. Raises `Unreachable`."""
        with self._connected() as connection:
            try:
                connection.sendall(b"zVERSION\0")
                return _reply(connection)
            except OSError as fault:
                raise self._unreachable(fault) from None

    def scan(self) -> Upload:
        """Begin to send one file. Raises `Unreachable`."""
        return Upload(self._connected())

    def _connected(self) -> socket.socket:
        connection: socket.socket | None = None
        try:
            if self.address.startswith("tcp:"):
                host, _, port = self.address[4:].rpartition(":")
                return socket.create_connection((host, int(port)), TIMEOUT)
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(TIMEOUT)
            connection.connect(self.address)
            return connection
        except (OSError, ValueError) as fault:
            if connection is not None:
                connection.close()
            raise self._unreachable(fault) from None

    def _unreachable(self, fault: Exception) -> Unreachable:
        return Unreachable(f"clamd does not answer at {self.address}: {fault}", "Start clamd, or name its socket (LocalSocket in clamd.conf).")


class Upload:
    """One file on its way to clamd (INSTREAM: chunks, each after its length in four bytes; an empty one ends it)."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection: socket.socket | None = connection
        self._sent = 0
        self.cut = False
        """Whether the file was longer than is sent."""
        self._fault = ""
        self._send(b"zINSTREAM\0")

    def feed(self, block: bytes | memoryview) -> None:
        """Send the next block."""
        if self._sent + len(block) > MAX_STREAM:
            self.cut = True
            block = block[: max(0, MAX_STREAM - self._sent)]
        if len(block):
            self._sent += len(block)
            self._send(len(block).to_bytes(4, "big"))
            self._send(block)

    def _send(self, data: bytes | memoryview) -> None:
        if self._connection is None or self._fault:
            return
        try:
            self._connection.sendall(data)
        except OSError as fault:  # clamd may answer before the end, and close: the answer counts
            self._fault = str(fault)

    def finish(self) -> str:
        """Return the name of the signature that the file has; empty where it has none. Raises `ValueError` where it could not be told."""
        assert self._connection is not None
        self._send(bytes(4))
        try:
            answer = _reply(self._connection)
        except OSError as fault:
            raise ValueError(f"clamd did not answer: {self._fault or fault}") from None
        finally:
            self.close()
        what = answer.removeprefix("stream: ")
        if what == "OK":
            return ""
        if what.endswith(" FOUND"):
            return what.removesuffix(" FOUND")
        raise ValueError(f"clamd could not tell: {what[:200] or self._fault or 'no answer'}")

    def close(self) -> None:
        """Give up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _reply(connection: socket.socket) -> str:
    data = b""
    while b"\0" not in data and len(data) < MAX_REPLY and (block := connection.recv(MAX_REPLY)):
        data += block
    return data.partition(b"\0")[0].decode("utf-8", "replace").strip()
