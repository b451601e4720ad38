"""A registry whose manifest does not end."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from evil import Evil
from parts_registry import Simulated


def endless(request: BaseHTTPRequestHandler) -> bool:
    if request.path == "/v2/":
        return False
    request.send_response(200)
    request.send_header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
    request.end_headers()
    for _ in range(1 << 14):
        request.wfile.write(b" " * (1 << 16))
    return True


@contextmanager
def make(folder: Path) -> Iterator[str]:
    simulated = Simulated({}, {})
    simulated.faults.append(endless)
    with simulated.running() as host:
        yield f"{host}/app:1"


EVIL = Evil(
    id="registry_endless_manifest",
    attack="A registry sends a manifest without end and fills the memory of who waits for it.",
    make=make,
    expect=(2,),
    says=r"sends more than \d+ bytes.*Check",
)
