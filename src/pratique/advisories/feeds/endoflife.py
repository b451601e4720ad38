"""When the support of a distribution's releases ends (endoflife.date): its API version 1, or version 0 as one file a product or as a zip of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from pratique.advisories.document import decode, members, plain
from pratique.advisories.feed import Feed, Record
from pratique.errors import MalformedAdvisory
from pratique.model import Distribution, Gap, Lifecycle

PRODUCTS = {
    "alibaba-cloud-linux": "alinux",
    "almalinux": "almalinux",
    "alpine-linux": "alpine",
    "amazon-linux": "amzn",
    "centos": "centos",
    "centos-stream": "centos",
    "clearlinux": "clear-linux-os",
    "debian": "debian",
    "devuan": "devuan",
    "eurolinux": "eurolinux",
    "fedora": "fedora",
    "linuxmint": "linuxmint",
    "mageia": "mageia",
    "opensuse": "opensuse-leap",
    "oracle-linux": "ol",
    "rhel": "rhel",
    "rocky-linux": "rocky",
    "sles": "sles",
    "ubuntu": "ubuntu",
    "vmware-photon": "photon",
}
"""Product to the id in os-release. CentOS Stream calls itself `centos` too; its release 8 is left to CentOS Linux 8, which ended first."""


class _Cycle(msgspec.Struct):
    """API version 0: a date, or whether it has ended."""

    cycle: str | int | float
    eol: str | bool | None = None
    eoes: str | bool | None = None
    codename: str | None = None
    release_date: str | None = msgspec.field(default=None, name="releaseDate")


class _Release(msgspec.Struct, rename="camel"):
    """API version 1."""

    name: str
    codename: str | None = None
    eol_from: str | None = None
    eoes_from: str | None = None


class _Product(msgspec.Struct):
    name: str
    releases: list[_Release] = msgspec.field(default_factory=list)


class _AnswerOfMany(msgspec.Struct):
    result: list[msgspec.Raw]


class _AnswerOfOne(msgspec.Struct):
    result: msgspec.Raw


def parse(partition: str, data: bytes) -> Iterator[Record]:
    """Yield the releases of the distributions of the table; other products are passed over."""
    if data[:2] == b"PK":
        yield from _zipped(data)
        return
    data = plain(data)
    try:
        if data.lstrip()[:1] == b"[":
            yield from _cycles(partition, data)
            return
        for raw in _products(data):
            yield from _product(raw)
    except ValueError as error:
        raise MalformedAdvisory(f"this is not an answer of endoflife.date: {str(error)[:200]}", "Fetch it again.") from None


def _zipped(data: bytes) -> Iterator[Record]:
    for name, content in members(data):
        product = name.rpartition("/")[2].removesuffix(".json")
        if product not in PRODUCTS:
            continue
        try:
            if isinstance(content, str):
                raise ValueError(content)
            yield from list(_cycles(product, content))
        except ValueError as error:
            yield Gap("record-unreadable", f"the product {product} cannot be read: {str(error)[:300]}", path=name[:200])


def _cycles(product: str, data: bytes) -> Iterator[Lifecycle]:
    for cycle in decode(data, list[_Cycle]):
        ended = cycle.eol is True
        yield from _lifecycle(product, str(cycle.cycle), cycle.codename, cycle.release_date if ended else cycle.eol, cycle.eoes)


def _products(data: bytes) -> list[msgspec.Raw]:
    try:
        return decode(data, _AnswerOfMany).result
    except ValueError:
        return [decode(data, _AnswerOfOne).result]


def _product(raw: msgspec.Raw) -> Iterator[Record]:
    try:
        product = decode(raw, _Product)
        found = [lifecycle for r in product.releases for lifecycle in _lifecycle(product.name, r.name, r.codename, r.eol_from, r.eoes_from)]
    except ValueError as error:
        yield Gap("record-unreadable", f"a product cannot be read: {str(error)[:300]}")
    else:
        yield from found


def _lifecycle(product: str, release: str, codename: str | None, ends: str | bool | None, extended: str | bool | None) -> Iterator[Lifecycle]:
    distribution = PRODUCTS.get(product)
    if distribution is None or (product == "centos-stream" and release == "8"):
        return
    yield Lifecycle(distribution, release, (codename or "").partition(" ")[0].lower(), _day(ends), _day(extended))


def _day(value: str | bool | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else None


def partitions(_ecosystems: frozenset[str], distributions: tuple[Distribution, ...]) -> Iterator[str]:
    """All products at once; asked for where there is a distribution."""
    if distributions:
        yield ""


def url(partition: str) -> str:
    """Return the address of one product, or of all."""
    return f"https://endoflife.date/api/{partition}.json" if partition else "https://endoflife.date/api/v1/products/full"


FEED = Feed(
    id="endoflife",
    partitions=partitions,
    url=url,
    every=timedelta(days=7),
    parse=parse,
    sample=("debian", b'[{"cycle": "12", "codename": "Bookworm", "eol": "2026-07-11", "eoes": "2028-06-30", "releaseDate": "2023-06-10"}]'),
    licence="MIT",
    names=False,
)
