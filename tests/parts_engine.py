"""A private Docker engine on a socket in a temporary folder, for tests: no network, no bridge, nothing shared with another one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import CI, need


@dataclass(frozen=True)
class Engine:
    """A running engine: `docker("images")` speaks to it."""

    socket: Path
    storage: str

    @property
    def host(self) -> str:
        return f"unix://{self.socket}"

    def environ(self) -> dict[str, str]:
        return {"DOCKER_HOST": self.host}

    def docker(self, *words: str, input: bytes | None = None, timeout: float = 120) -> bytes:  # noqa: A002
        done = subprocess.run([need("docker", "docker.io"), "-H", self.host, *words], input=input, capture_output=True, timeout=timeout)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


@contextmanager
def engine(*, network: bool = False, insecure_registries: tuple[str, ...] = ("127.0.0.0/8",)) -> Iterator[Engine]:
    """Start dockerd (root) with overlay2, else vfs; stop it and remove what it wrote."""
    program = need("dockerd", "docker.io")
    need("docker", "docker.io")
    if os.geteuid() != 0:
        if CI:
            pytest.fail("dockerd needs root")
        pytest.skip("dockerd needs root")
    said = ""
    for storage in ("overlay2", "vfs"):
        root = Path(tempfile.mkdtemp(prefix="engine-"))  # short: a socket's path has at most 107 bytes
        words = [program, "--data-root", root / "data", "--exec-root", root / "exec", "--pidfile", root / "pid", "-H", f"unix://{root}/docker.sock"]
        words += [
            "--storage-driver",
            storage,
            "--log-level",
            "error",
            *(["--bridge=none", "--iptables=false", "--ip6tables=false"] if not network else []),
        ]
        words += [f"--insecure-registry={name}" for name in insecure_registries]
        with (root / "log").open("wb") as log:
            process = subprocess.Popen([str(word) for word in words], stdout=log, stderr=log)
            try:
                if _up(process, root / "docker.sock"):
                    yield Engine(root / "docker.sock", storage)
                    return
                said = (root / "log").read_text()
            finally:
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                shutil.rmtree(root, ignore_errors=True)
    if CI:
        pytest.fail(f"dockerd does not start: {said[-500:]}")
    pytest.skip(f"dockerd does not start here: {said[-500:]}")


def _up(process: subprocess.Popen[bytes], socket: Path) -> bool:
    for _ in range(300):
        if process.poll() is not None:
            return False
        if (
            socket.exists()
            and subprocess.run([need("docker", "docker.io"), "-H", f"unix://{socket}", "version"], capture_output=True).returncode == 0
        ):
            return True
        time.sleep(0.1)
    return False
