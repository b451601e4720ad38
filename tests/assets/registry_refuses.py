"""A registry that answers 403 to everything."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evil import Evil
from parts_registry import Simulated, reply


@contextmanager
def make(folder: Path) -> Iterator[str]:
    simulated = Simulated({}, {})
    simulated.faults.append(lambda request: request.path != "/v2/" and (reply(request, 403, b'{"errors":[{"message":"\x1b[2J"}]}'), True)[1])
    with simulated.running() as host:
        yield f"{host}/app:1"


EVIL = Evil(
    id="registry_refuses",
    attack='A registry that refuses is an image without findings (OCI distribution-spec, "Error Codes").',
    make=make,
    expect=(2,),
    says=r"gives no access.*docker login",
)
