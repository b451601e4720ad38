"""A registry that answers with a web page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evil import Evil
from parts_registry import Simulated, reply


@contextmanager
def make(folder: Path) -> Iterator[str]:
    simulated = Simulated({}, {})
    page = b"<!DOCTYPE html><html><title>Please log in</title></html>"
    simulated.faults.append(lambda request: (reply(request, 200, page, {"Content-Type": "text/html"}), True)[1])
    with simulated.running() as host:
        yield f"{host}/app:1"


EVIL = Evil(
    id="registry_html",
    attack="A portal answers in the registry's place with a web page and status 200.",
    make=make,
    expect=(2,),
    says=r"no JSON object.*Check",
)
