"""Names in bytes that are not UTF-8."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil


def make(folder: Path) -> str:
    name = b"srv/caf\xe9-\xff\xfe/id_rsa".decode("utf-8", "surrogateescape")
    package = b"app/node_modules/\xc3\x28/package.json".decode("utf-8", "surrogateescape")
    return evil.archive(folder, evil.alpine(), [im.file(name, evil.KEY), im.file(package, b'{"name":"evil","version":"1.0.0"}')])


EVIL = Evil(
    id="invalid_utf8_names",
    attack="Names that are not UTF-8 end the report with an encoding error, after the scan (PEP 383).",
    make=make,
    expect=(0, 3),
    says=r"srv/caf\\xe9-\\xff\\xfe/id_rsa",
)
