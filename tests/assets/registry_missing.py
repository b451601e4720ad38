"""A registry that does not have the image."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evil import Evil
from parts_registry import Simulated, reply


@contextmanager
def make(folder: Path) -> Iterator[str]:
    simulated = Simulated({}, {})
    simulated.faults.append(lambda request: request.path != "/v2/" and (reply(request, 404, b'{"errors":[{"message":"\x1b[2J"}]}'), True)[1])
    with simulated.running() as host:
        yield f"{host}/app:1"


EVIL = Evil(
    id="registry_missing",
    attack="An image that the registry does not have is one without findings.",
    make=make,
    expect=(2,),
    says=r"has no .*Check the name",
)
