"""A root file system folder: no image, but what one would be made of. It has one layer and no digest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pratique.errors import InvalidInput
from pratique.image.platforms import named
from pratique.model import Config, Digests, Image, Layer


class Folder:
    """The `Source` of `dir:`. Its one layer has no tar: the folder itself is walked."""

    def __init__(self, path: Path) -> None:
        """Open the folder. Raises `InvalidInput` where it cannot be listed or has nothing in it."""
        try:
            first = next(path.iterdir(), None)
        except OSError as error:
            raise InvalidInput(f"{path} cannot be listed: {error.strerror}.", "Check the path and its permissions.") from None
        if first is None:
            raise InvalidInput(f"{path} is empty.", "Check the path, and that what should be there is mounted.")
        self.folder: Path | None = path
        self.image = Image(
            reference=f"dir:{path}",
            digests=Digests(config=""),
            platform=named("linux", os.uname().machine),
            layers=(Layer(index=0, diff_id="", chain_id=""),),
            config=Config(),
            source="dir",
        )

    def identity(self, index: int) -> str:  # noqa: ARG002 - the protocol's
        """As of `Source`: a folder has no name that could be trusted."""
        return ""

    def blocks(self, index: int) -> Iterator[bytes]:  # noqa: ARG002 - the protocol's
        """Raise: there is no tar."""
        raise InvalidInput(f"{self.folder} is a folder and has no layers to stream.")

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *exc: object) -> None:
        return None
