"""What is held against advisories: each name and version once, however many packages share it; and what cannot be held against any."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from pratique.catalog.distribution import label, osv_ecosystem
from pratique.matching.ranges import Versions
from pratique.matching.wording import MAX_NAME, plain
from pratique.model import UNKNOWN_LAYER, Distribution, Gap, Package

SYSTEM = frozenset(("deb", "apk", "rpm"))
"""The purl types that a distribution's own feed judges, by release."""

SHOWN = 8
"""How many names a Gap shows: it is one cause, to be read, not a list."""


class Order(Protocol):
    """What matching needs of an ecosystem (`catalog.ecosystem.Ecosystem` is one)."""

    @property
    def osv(self) -> tuple[str, ...]:
        """Its OSV ecosystems, without release."""

    @property
    def order(self) -> Callable[[str], Any]:
        """The key of its version order; raises `ValueError`."""

    @property
    def normalise(self) -> Callable[[str], str]:
        """Its spelling of names."""


class Subject(NamedTuple):
    """One name and version of one OSV ecosystem, as advisories ask for it."""

    ecosystem: str
    """With its release for distributions: `Debian:12`, `PyPI`."""
    type: str
    name: str
    version: str
    module: str = ""
    arch: str = ""


class Subjects:
    """The subjects of an image with their packages; `gaps` says which packages have none."""

    def __init__(self, orders: Mapping[str, Order]) -> None:
        self.packages: dict[Subject, list[Package]] = {}
        self.versions = {type_: Versions(ecosystem.order) for type_, ecosystem in orders.items()}
        self.gaps: list[Gap] = []
        self.judged: set[str] = set()
        """The purls of the OS packages that a distribution's feed judges."""

    def by_ecosystem(self) -> dict[str, dict[str, list[Subject]]]:
        """Return the subjects by OSV ecosystem and name."""
        found: dict[str, dict[str, list[Subject]]] = {}
        for subject in self.packages:
            found.setdefault(subject.ecosystem, {}).setdefault(subject.name, []).append(subject)
        return found


VENDORS = {"almalinux": ("almalinux", "cloudlinux"), "rocky": ("rocky",)}
"""Words, in lower case, of which the vendor tag of a distribution's own packages contains one (CloudLinux built the first of AlmaLinux)."""


def third_party(package: Package, distribution: Distribution) -> bool:
    """Whether a package names another vendor than the distribution it is installed in: then its feed says nothing of it.

    Only RPM says so of itself. A package without vendor counts as the distribution's.
    """
    words = VENDORS.get(distribution.id)
    vendor = package.supplier.lower()
    return package.type == "rpm" and words is not None and bool(vendor) and not any(word in vendor for word in words)


def subjects(
    packages: Iterable[Package], distributions: Sequence[Distribution], orders: Mapping[str, Order], covered: Callable[[str], bool]
) -> Subjects:
    """Sort packages into subjects; every package that cannot be judged is in a Gap, one for each cause."""
    found = Subjects(orders)
    releases = _Releases(distributions, orders, covered)
    causes: dict[tuple[str, ...], list[Package]] = {}
    for package in packages:
        if not package.origin.visible and not package.last_known:
            continue
        cause = _add(found, package, releases, orders)
        if cause is not None:
            causes.setdefault(cause, []).append(package)
    found.gaps += (_gap(cause, blinded) for cause, blinded in causes.items())
    return found


def _add(found: Subjects, package: Package, releases: _Releases, orders: Mapping[str, Order]) -> tuple[str, ...] | None:
    """File one package; return the cause where it cannot be judged (it may be filed all the same)."""
    type_ = package.type
    order = orders.get(type_)
    if order is None:
        return ("ecosystem-unknown", type_)
    if type_ in SYSTEM:
        distribution = releases.of(package)
        if distribution is None:
            return ("distribution-unknown", package.origin.root)
        ecosystem, missing = releases.ecosystem(distribution, type_)
        if missing:
            return (missing, str(distribution), ecosystem)
        if third_party(package, distribution):
            return ("third-party", str(distribution))
        source = package.source
        name, version = (source.name, source.version) if source is not None and type_ != "rpm" else (package.name, package.version)
        ecosystems: tuple[str, ...] = (ecosystem,)
        found.judged.add(package.purl)
    else:
        name, version = order.normalise(package.full_name), package.version
        ecosystems = tuple(one for one in order.osv if releases.covered(one))
        if not ecosystems:
            return ("feed-missing", order.osv[0] if order.osv else type_)
    for ecosystem in ecosystems:
        found.packages.setdefault(Subject(ecosystem, type_, name, version, package.module, package.arch), []).append(package)
    return ("version-unreadable", type_) if found.versions[type_].key(version) is None else None


class _Releases:
    """Which distribution judges the packages of a root, and under which OSV ecosystem."""

    def __init__(self, distributions: Sequence[Distribution], orders: Mapping[str, Order], covered: Callable[[str], bool]) -> None:
        self._distributions = distributions
        self._orders = orders
        self._covered = covered
        self._covers: dict[str, bool] = {}
        self._by_root: dict[tuple[str, str], Distribution | None] = {}
        self._ecosystems: dict[tuple[Distribution, str], tuple[str, str]] = {}

    def covered(self, ecosystem: str) -> bool:
        """Whether there is data on an OSV ecosystem."""
        if ecosystem not in self._covers:
            self._covers[ecosystem] = self._covered(ecosystem)
        return self._covers[ecosystem]

    def of(self, package: Package) -> Distribution | None:
        """Return the distribution of the package's own root: the one it names, else the visible one."""
        key = (package.origin.root, package.distribution)
        if key not in self._by_root:
            here = [one for one in self._distributions if one.origin.root == key[0]]
            named = [one for one in here if key[1] and label(one) == key[1]]
            visible = [one for one in here if one.origin.visible]
            self._by_root[key] = next(iter(named or visible or here), None)
        return self._by_root[key]

    def ecosystem(self, distribution: Distribution, type_: str) -> tuple[str, str]:
        """Return the OSV ecosystem of a distribution for a purl type, and why there is none (the id of a Gap)."""
        key = (distribution, type_)
        if key not in self._ecosystems:
            name = osv_ecosystem(distribution) or ""
            if name.partition(":")[0] not in self._orders[type_].osv:
                self._ecosystems[key] = (name, "distribution-uncovered")
            else:
                self._ecosystems[key] = (name, "" if self.covered(name) else "feed-missing")
        return self._ecosystems[key]


def _gap(cause: tuple[str, ...], blinded: list[Package]) -> Gap:
    """Say one cause and how many packages it blinds."""
    many = f"{len(blinded)} package{'s' if len(blinded) > 1 else ''}"
    path = next((location for package in blinded for location in package.locations), None)
    match cause:
        case ("ecosystem-unknown", type_):
            message = f"{many} of type {type_} cannot be judged: no version order of this ecosystem is known ({_names(blinded)})"
            remedy = "Judge them by other means."
        case ("distribution-unknown", root):
            message = f"{many} under /{root} cannot be judged: no os-release says which distribution they are of ({_names(blinded)})"
            remedy = "Keep etc/os-release (or usr/lib/os-release) in the image."
        case ("distribution-uncovered", name, _):
            message = f"no advisory feed covers {name}: its {many} were not judged"
            remedy = "Rebuild on a distribution and release that a feed covers, or judge these packages by other means."
        case ("feed-missing", *_, ecosystem):
            message = f"there are no advisories for {ecosystem}: {many} were not judged"
            remedy = "Run `pratique feeds sync` while the publisher can be reached, or name a mirror that has them with --feeds."
        case ("third-party", name):
            message = f"{many} in {name} came from another vendor, whom no feed covers ({_names(blinded)})"
            remedy = "Follow the vendor's own advisories."
        case _:
            message = f"{many} of type {cause[-1]} have a version that cannot be read, so no range can be held against it ({_names(blinded, True)})"
            remedy = "Install released versions, or judge these packages by other means."
    return Gap(id=cause[0], message=message, path=path, layer=_layer(blinded), remedy=remedy)


def _names(packages: Iterable[Package], versions: bool = False) -> str:
    """Join the first few names."""
    names = sorted({f"{package.full_name} {package.version}" if versions else package.full_name for package in packages})
    return ", ".join(_shortened(names))


def _shortened(names: Sequence[str]) -> Iterator[str]:
    yield from (plain(name, MAX_NAME) for name in names[:SHOWN])
    if len(names) > SHOWN:
        yield f"and {len(names) - SHOWN} more"


def _layer(packages: Sequence[Package]) -> int:
    """Return the layer of the packages where it is one."""
    layers = {package.origin.layer for package in packages}
    return layers.pop() if len(layers) == 1 else UNKNOWN_LAYER
