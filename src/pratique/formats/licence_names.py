"""The names people write for licences, and the identifier of the SPDX list that each means."""

from __future__ import annotations

import re
from functools import cache

from pratique.formats.spdx_ids import EXCEPTIONS, LICENCES

PHRASES = (
    ("library or lesser general public", "lgpl"),
    ("lesser general public", "lgpl"),
    ("library general public", "lgpl"),
    ("affero general public", "agpl"),
    ("general public", "gpl"),
    ("affero gpl", "agpl"),
    ("lesser gpl", "lgpl"),
    ("free documentation", "gfdl"),
    ("mozilla public", "mpl"),
    ("eclipse public", "epl"),
    ("eclipse distribution", "edl"),
    ("common development and distribution", "cddl"),
    ("common public", "cpl"),
    ("apache software foundation", "apache"),
    ("apache software", "apache"),
    ("boost software", "bsl"),
    ("academic free", "afl"),
    ("open software", "osl"),
    ("european union public", "eupl"),
    ("universal permissive", "upl"),
    ("zope public", "zpl"),
    ("latex project public", "lppl"),
    ("sil open font", "ofl"),
    ("python software foundation", "psf"),
    ("creative commons zero", "cc0"),
    ("creative commons", "cc"),
    ("attribution", "by"),
    ("sharealike", "sa"),
    ("share alike", "sa"),
    ("noncommercial", "nc"),
    ("non commercial", "nc"),
    ("noderivatives", "nd"),
    ("or any later", "+"),
    ("or later", "+"),
    ("or newer", "+"),
)
"""Long names and their usual abbreviations."""

ALIASES = {
    "0bsd": "0BSD",
    "apache": "Apache-2.0",  # the two older ones are named with their number
    "asl": "Apache-2.0",
    "artistic": "Artistic-1.0-Perl",
    "artisticclarified": "ClArtistic",
    "boost": "BSL-1.0",
    "bsl": "BSL-1.0",
    "bsd": "LicenseRef-BSD",
    "bsl1.1": "BUSL-1.1",
    "businesssource1.1": "BUSL-1.1",
    "bsd2": "BSD-2-Clause",
    "2clausebsd": "BSD-2-Clause",
    "simplifiedbsd": "BSD-2-Clause",
    "bsdsimplified": "BSD-2-Clause",
    "freebsd": "BSD-2-Clause",
    "bsd3": "BSD-3-Clause",
    "3clausebsd": "BSD-3-Clause",
    "newbsd": "BSD-3-Clause",
    "bsdnew": "BSD-3-Clause",
    "modifiedbsd": "BSD-3-Clause",
    "revisedbsd": "BSD-3-Clause",
    "bsdrevised": "BSD-3-Clause",
    "edl1.0": "BSD-3-Clause",  # the Eclipse Distribution License is its text
    "bsd4": "BSD-4-Clause",
    "4clausebsd": "BSD-4-Clause",
    "originalbsd": "BSD-4-Clause",
    "bsdwithadvertising": "BSD-4-Clause",
    "bzip2": "bzip2-1.0.6",
    "cc0": "CC0-1.0",
    "cc01.0universal": "CC0-1.0",
    "cc0universal": "CC0-1.0",
    "cc01.0universalcc01.0publicdomaindedication": "CC0-1.0",
    "publicdomainpercccc0": "CC0-1.0",
    "publicdomainpercc0": "CC0-1.0",
    "expat": "MIT",
    "mitexpat": "MIT",
    "expatmit": "MIT",
    "mitx11": "MIT",
    "freetype": "FTL",
    "gpl2wcpe": "GPL-2.0-only WITH Classpath-exception-2.0",
    "historicalpermissionnoticeanddisclaimer": "HPND",
    "iscl": "ISC",
    "ofl": "OFL-1.1",
    "ncsaopensource": "NCSA",
    "universityofillinoisncsaopensource": "NCSA",
    "otherproprietary": "LicenseRef-Proprietary",
    "proprietary": "LicenseRef-Proprietary",
    "perl": "GPL-1.0-or-later OR Artistic-1.0-Perl",
    "perl5": "GPL-1.0-or-later OR Artistic-1.0-Perl",
    "sameasperl": "GPL-1.0-or-later OR Artistic-1.0-Perl",
    "php": "PHP-3.01",
    "psf": "PSF-2.0",
    "psfl": "PSF-2.0",
    "psf2": "PSF-2.0",
    "python": "Python-2.0",
    "publicdomain": "LicenseRef-public-domain",
    "ssleay": "OpenSSL",
    "unlicence": "Unlicense",
    "unlicensed": "LicenseRef-UNLICENSED",  # npm: no licence is given at all
    "wtfpl2": "WTFPL",
    "wtfpl2.0": "WTFPL",
    "zliblibpng": "Zlib",
    "gpl": "GPL-1.0-or-later",  # GPL section 9: without a version, any version ever published
    "gpl+": "GPL-1.0-or-later",
    "lgpl": "LGPL-2.0-or-later",
    "lgpl+": "LGPL-2.0-or-later",
    "agpl": "AGPL-3.0-or-later",
}
"""By the key of `_key`. A name that means several licences (`BSD`, `MPL`) is not here: what cannot be told is not guessed."""

EXCEPTION_ALIASES = {
    "classpath": "Classpath-exception-2.0",
    "gcc": "GCC-exception-3.1",
    "gccruntimelibrary": "GCC-exception-3.1",
    "autoconf": "Autoconf-exception-generic",
    "bison": "Bison-exception-2.2",
    "libtool": "Libtool-exception",
    "font": "Font-exception-2.0",
    "fontembedding": "Font-exception-2.0",
    "llvm": "LLVM-exception",
}

FAMILIES = {"apache": "Apache", "asl": "Apache", "asf": "Apache", "fdl": "GFDL", "gfdl": "GFDL", "python": "Python", "bsl": "BSL", "zpl": "ZPL"}
"""The prefix of a key and that of the identifiers, where the two differ or the version is written in several ways."""

URLS = (
    (r"^https?://(?:www\.)?(?:opensource|spdx)\.org/licen[cs]es?/([\w.+-]+?)(?:\.html|\.php|\.txt)?/?$", "{}"),
    (r"^https?://(?:www\.)?apache\.org/licenses/(?:LICENSE-)?(\d\.\d)(?:\.html|\.txt)?/?$", "Apache-{}"),
    (r"^https?://(?:www\.)?gnu\.org/licenses/(?:old-licenses/)?([al]?gpl-\d\.\d)(?:\.en)?(?:-standalone)?(?:\.\w+)?/?$", "{}"),
    (r"^https?://(?:www\.)?eclipse\.org/(?:legal/|org/documents/)?epl-v?(1|2)\.?0(?:[/.].*)?$", "EPL-{}.0"),
    (r"^https?://(?:www\.)?mozilla\.org/(?:[\w-]+/)*mpl/(?:MPL-)?(\d\.\d)(?:\.html|\.txt)?/?$", "MPL-{}"),
)

_GNU = re.compile(r"(gpl|lgpl|agpl)v?(\d)(?:\.(\d))?(?:\.0)?(\+|only)?")
_GFDL = re.compile(r"g?fdl(niv)?v?(1)(?:\.(\d))?(\+|only)?")
_VERSIONED = re.compile(r"([a-z]+?)v?(\d+(?:\.\d+)*)(\+?)")
_NOISE = re.compile(r"\b(?:the|gnu|licen[cs]e[ds]?|version|ver|v)\b")
_AT_LEAST = re.compile(r">=\s*(\d+(?:\.\d+)*)")
_JUNK = re.compile(r"[^a-z0-9.+]+|(?<!\d)\.|\.(?!\d)")
_GLOSS = re.compile(r"([^()]*)\(([^()]*)\)([^()]*)")
_WITHOUT = re.compile(r"exceptions?|linking")
_DIGIT = re.compile(r"\d")


def licence(word: str) -> str | None:
    """Return the identifier of the list in its own spelling, deprecated GNU ones replaced; None for what is not on it.

    A trailing `+` (SPDX 2.3, annex D.3) is kept, or becomes `-or-later`.
    """
    known = _licences().get(word.casefold())
    if known is None and word.endswith("+"):
        base = _licences().get(word[:-1].casefold())
        known = base and f"{base}+"
    return known and _current(known)


def exception(word: str) -> str | None:
    """Return the identifier of an exception in the list's own spelling, or None."""
    return _exceptions().get(word.casefold())


def exception_name(name: str) -> str | None:
    """Return the identifier of an exception that is named in other words, or None."""
    key = _WITHOUT.sub("", _key(name))
    return exception(name.strip()) or EXCEPTION_ALIASES.get(key) or _exception_keys().get(key)


def named(name: str) -> str | None:
    """Return the SPDX expression that a licence's name means, or None where it cannot be told."""
    name = name.strip()
    if "://" in name:
        return _by_url(name)
    if (found := licence(name)) is not None:
        return found
    if (gloss := _GLOSS.fullmatch(name)) is not None:
        return _with_gloss(*gloss.groups())
    return _by_key(_key(name))


def _with_gloss(before: str, within: str, after: str) -> str | None:
    """`GNU GPL v2 or later (GPLv2+)`, `BSD License (3-Clause)`, `GNU GPL (GPL) v3`: the words together, else the more precise of the two."""
    outer = f"{before} {after}"
    if not outer.strip():
        return named(within)
    if (together := _by_key(_key(f"{before} {within} {after}"))) is not None:
        return together
    by_outer, by_inner = _by_key(_key(outer)), _by_key(_key(within))
    if by_inner is not None and _DIGIT.search(within) and not _DIGIT.search(outer):
        return by_inner
    return by_outer or by_inner


def _by_url(url: str) -> str | None:
    for pattern, template in URLS:
        if (match := re.match(pattern, url.strip("<>"), re.I)) is not None:
            word = template.format(match[1])
            return licence(word) or _by_key(_key(word))
    return None


def _key(name: str) -> str:
    """Reduce a name to what tells it from others: `The Apache Software License, Version 2.0` to `apache2.0`."""
    text = " ".join(name.casefold().replace("-", " ").replace("_", " ").split())
    for phrase, short in PHRASES:
        if phrase in text:
            text = text.replace(phrase, short)
    return _JUNK.sub("", _AT_LEAST.sub(r"\1+", _NOISE.sub(" ", text)))


def _by_key(key: str) -> str | None:
    found = ALIASES.get(key) or _keys().get(key)
    if found is not None:
        return _current(found)
    if (match := _GNU.fullmatch(key)) is not None:
        family, major, minor, suffix = match.groups()
        return licence(f"{family}-{major}.{minor or 0}{'-or-later' if suffix == '+' else '-only'}")
    if (match := _GFDL.fullmatch(key)) is not None:
        without, major, minor, suffix = match.groups()
        invariants = "-no-invariants" if without else ""
        return licence(f"GFDL-{major}.{minor or 1}{invariants}{'-or-later' if suffix == '+' else '-only'}")
    if (match := _VERSIONED.fullmatch(key)) is not None:
        family, version, suffix = match.groups()
        family = FAMILIES.get(family, family)
        return licence(f"{family}-{version}{suffix}") or licence(f"{family}-{version}.0{suffix}")
    return None


def _current(identifier: str) -> str:
    """Replace the deprecated identifiers of GNU licences, whose plain form says neither `only` nor `or later`."""
    plain = identifier.removesuffix("+")
    if plain.startswith(("GPL-", "LGPL-", "AGPL-", "GFDL-")) and " " not in plain:
        base, _, exception = plain.partition("-with-")
        if exception:
            return f"{base}-only WITH {_EXCEPTIONS_OF_OLD[plain]}"
        if plain.endswith("-or-later"):
            return plain
        base = plain.removesuffix("-only")
        return f"{base}-or-later" if identifier.endswith("+") else f"{base}-only"
    return identifier


_EXCEPTIONS_OF_OLD = {
    "GPL-2.0-with-autoconf-exception": "Autoconf-exception-2.0",
    "GPL-2.0-with-bison-exception": "Bison-exception-2.2",
    "GPL-2.0-with-classpath-exception": "Classpath-exception-2.0",
    "GPL-2.0-with-font-exception": "Font-exception-2.0",
    "GPL-2.0-with-GCC-exception": "GCC-exception-2.0",
    "GPL-3.0-with-autoconf-exception": "Autoconf-exception-3.0",
    "GPL-3.0-with-GCC-exception": "GCC-exception-3.1",
}


@cache
def _licences() -> dict[str, str]:
    return {word.casefold(): word for word in LICENCES.split()}


@cache
def _exceptions() -> dict[str, str]:
    return {word.casefold(): word for word in EXCEPTIONS.split()}


@cache
def _exception_keys() -> dict[str, str]:
    """Map the key of each exception without that word to it: `bison2.2`, `linuxsyscallnote`."""
    return {_WITHOUT.sub("", word.casefold()).replace("-", ""): word for word in EXCEPTIONS.split()}


@cache
def _keys() -> dict[str, str]:
    """Map the key of each identifier of the list to it; the first of two that share one."""
    keys: dict[str, str] = {}
    for word in LICENCES.split():
        keys.setdefault(word.casefold().replace("-", ""), word)
    return keys
