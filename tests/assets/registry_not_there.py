"""A registry that does not listen."""

from pathlib import Path

from evil import Evil
from parts_registry import free_port


def make(folder: Path) -> str:
    return f"127.0.0.1:{free_port()}/app:1"


EVIL = Evil(
    id="registry_not_there",
    attack="A registry that does not answer holds the scan for minutes.",
    make=make,
    expect=(2,),
    says=r"cannot be reached.*network",
)
