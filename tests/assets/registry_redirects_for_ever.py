"""A registry that redirects to itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evil import Evil
from parts_registry import Simulated, reply


@contextmanager
def make(folder: Path) -> Iterator[str]:
    simulated = Simulated({}, {})
    simulated.faults.append(lambda request: request.path != "/v2/" and (reply(request, 307, b"", {"Location": request.path}), True)[1])
    with simulated.running() as host:
        yield f"{host}/app:1"


EVIL = Evil(
    id="registry_redirects_for_ever",
    attack="A registry redirects to itself for ever.",
    make=make,
    expect=(2,),
    says=r"redirects more than \d+ times.*Check",
)
