"""The one way in: a text becomes an opened image."""

from __future__ import annotations

import os
from collections.abc import Mapping

from pratique.image.location import locate
from pratique.image.opened import Progress
from pratique.image.platforms import Wanted
from pratique.image.source import Source


def open_image(
    reference: str, *, platform: str | None = None, insecure: bool = False, environ: Mapping[str, str], progress: Progress | None = None
) -> Source:
    """Open an image wherever it is; close it by `with`.

    `reference`: as in `pratique.image.location`; `platform`: `linux/arm64`, of an image for several; `insecure`: the registry may be spoken to
    without encryption or with a certificate nobody signed; `progress(what, done, total)` is told of bytes fetched or spooled (total 0: not known).
    Raises `InvalidInput`, `Refused`, `Unreachable`, `Corrupt`.
    """
    if platform is not None:
        Wanted.parse(platform)
    location = locate(reference)
    here = os.uname().machine
    # Each way is imported when it is gone: httpx2 costs a tenth of a second.
    match location.scheme:
        case "registry":
            from pratique.image.registry import open_registry

            return open_registry(location, asked=platform, machine=here, insecure=insecure, environ=environ, progress=progress)
        case "docker":
            from pratique.image.daemon import open_daemon

            return open_daemon(location, asked=platform, machine=here, environ=environ, progress=progress)
        case "oci":
            from pratique.image.layout import open_layout

            return open_layout(location, asked=platform, machine=here)
        case "dir":
            from pratique.image.folder import Folder

            assert location.path is not None
            return Folder(location.path)
        case _:
            from pratique.image.archive import open_archive

            return open_archive(location, asked=platform, machine=here, progress=progress)
