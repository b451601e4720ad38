"""What is not there: a distribution without the packages it is made of, or an image in which nothing says what it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from pratique.model import Distribution, Gap, Package


def absences(packages: Collection[Package], distributions: Iterable[Distribution], databases: Collection[str], folder: bool = False) -> Iterator[Gap]:
    """Yield a blind Gap for each distribution of which no package is known, and one where nothing is known at all.

    `databases`: the purl types whose packages a distribution's database lists. An empty list of findings on nothing would look like an answer.
    Only of a plain `folder` nobody expects that it says what it is: there it is a note.
    """
    roots = {package.origin.root for package in packages if package.type in databases}
    known = bool(packages)
    for distribution in distributions:
        known = True
        if distribution.origin.root not in roots:
            where = f" in /{distribution.origin.root}" if distribution.origin.root else ""
            yield Gap(
                "database-absent",
                f"no package database of {distribution}{where} was found that lists a package: what is installed there could not be judged",
                layer=distribution.origin.layer,
                remedy="Keep the package database in the image (/var/lib/dpkg, /lib/apk/db, /var/lib/rpm), or scan the image it was copied from.",
            )
    if not known:
        yield Gap(
            "nothing-known",
            "nothing in it says what it is: there is no distribution, no package database and no package of a language that is known here",
            blind=not folder,
            remedy="Check that this is what was to be scanned; if it is a program alone, ask its publisher for an SBOM.",
        )
